/** The HTTP listener. */
@NullMarked
package dwal.gateway.http;

import org.jspecify.annotations.NullMarked;
