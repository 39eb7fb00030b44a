/** Kafka's bytes: frames, headers, the table of APIs, requests and responses over buffers. */
@NullMarked
package dwal.protocol;

import org.jspecify.annotations.NullMarked;
