/** Bad input on the real process' port, with an honest client beside it. */
@NullMarked
package dwal.compat.hostile;

import org.jspecify.annotations.NullMarked;
