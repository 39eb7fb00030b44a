/** The real process, killed under real clients. */
@NullMarked
package dwal.compat.crash;

import org.jspecify.annotations.NullMarked;
