/** The Kafka listeners: sockets, connections, and the way of a request through one connection. */
@NullMarked
package dwal.server.network;

import org.jspecify.annotations.NullMarked;
