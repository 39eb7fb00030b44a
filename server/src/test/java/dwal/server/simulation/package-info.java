@NullMarked
package dwal.server.simulation;

import org.jspecify.annotations.NullMarked;
