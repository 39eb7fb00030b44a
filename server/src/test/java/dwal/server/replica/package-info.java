@NullMarked
package dwal.server.replica;

import org.jspecify.annotations.NullMarked;
