/**
 * Ports to the world: clock, timer, strand, disk, randomness. Everything that a log or a replica needs from outside
 * comes through these, so that a whole cluster can run in one thread from one seed.
 */
@NullMarked
package dwal.environment;

import org.jspecify.annotations.NullMarked;
