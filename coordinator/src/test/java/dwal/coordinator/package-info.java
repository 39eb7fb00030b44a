/** Tests of the group coordinator over partitions in memory, with a clock that the test moves. */
@NullMarked
package dwal.coordinator;

import org.jspecify.annotations.NullMarked;
