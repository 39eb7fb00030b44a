/** Record batches (format v2) where they lie in a buffer: header views, patches in place, and checks that copy nothing. */
@NullMarked
package dwal.protocol.batch;

import org.jspecify.annotations.NullMarked;
