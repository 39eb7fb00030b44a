/**
 * What the controller of this node answers: to other nodes over the controller listener, and to this one without the way
 * over the network. The active controller decides, the others say that they are not it.
 */
@NullMarked
package dwal.server.controller;

import org.jspecify.annotations.NullMarked;
