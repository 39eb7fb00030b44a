/** Simulated ports: a disk in memory that can forget what was not synced, and one that fails on demand. */
@NullMarked
package dwal.environment.simulated;

import org.jspecify.annotations.NullMarked;
