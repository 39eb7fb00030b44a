/** Clients that are not Java: each has a script of checks, which can also be run by hand against any server. */
@NullMarked
package dwal.compat.languages;

import org.jspecify.annotations.NullMarked;
