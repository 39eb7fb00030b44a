/** Judges what clients saw against what the server promises. */
@NullMarked
package dwal.compat.judge;

import org.jspecify.annotations.NullMarked;
