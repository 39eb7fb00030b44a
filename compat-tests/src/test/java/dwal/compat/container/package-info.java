/** The container image. */
@NullMarked
package dwal.compat.container;

import org.jspecify.annotations.NullMarked;
