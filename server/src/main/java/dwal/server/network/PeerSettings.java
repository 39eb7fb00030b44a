package dwal.server.network;

/**
 * How connections to other nodes are made. Immutable.
 *
 * @param clientId how this node names itself in requests
 * @param connectTimeoutMs {@code socket.connection.setup.timeout.ms}
 * @param receiveBufferBytes {@code replica.socket.receive.buffer.bytes}, or -1: what the system gives
 */
public record PeerSettings(String clientId, int connectTimeoutMs, int receiveBufferBytes) {}
