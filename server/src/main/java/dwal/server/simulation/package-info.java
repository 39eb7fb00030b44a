/**
 * Several nodes in one thread from one seed: virtual time, a network and disks that fail, a model of the controller, and
 * rules that are checked after each step.
 */
@NullMarked
package dwal.server.simulation;

import org.jspecify.annotations.NullMarked;
