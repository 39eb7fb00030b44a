package dwal.server.network;

import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * Where to listen.
 *
 * @param listener the name of the listener, as the settings give it
 * @param host the address to bind; empty for all
 * @param port the port to bind; 0 for any free one
 */
public record Endpoint(String listener, SecurityProtocol protocol, String host, int port) {}
