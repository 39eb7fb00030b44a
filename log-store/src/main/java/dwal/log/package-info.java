/** One partition's log: segments in Kafka's format, appended on the partition's strand, read from any thread. */
@NullMarked
package dwal.log;

import org.jspecify.annotations.NullMarked;
