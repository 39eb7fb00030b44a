/** The web console, in a real browser. */
@NullMarked
package dwal.compat.console;

import org.jspecify.annotations.NullMarked;
