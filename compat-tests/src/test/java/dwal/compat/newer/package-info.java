/** The process on a newer Java than the one that it is built for, where the machine has one. */
@NullMarked
package dwal.compat.newer;

import org.jspecify.annotations.NullMarked;
