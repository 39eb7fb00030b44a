/** The commands of {@code bin/dwal} that are clients, run as people run them. */
@NullMarked
package dwal.compat.cli;

import org.jspecify.annotations.NullMarked;
