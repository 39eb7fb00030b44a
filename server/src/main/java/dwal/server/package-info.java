/** The process: wires everything together, starts and stops it. */
@NullMarked
package dwal.server;

import org.jspecify.annotations.NullMarked;
