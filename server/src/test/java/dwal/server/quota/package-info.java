@NullMarked
package dwal.server.quota;

import org.jspecify.annotations.NullMarked;
