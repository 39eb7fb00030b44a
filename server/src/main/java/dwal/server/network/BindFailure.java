package dwal.server.network;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** A listener could not be bound; the message says where, why, and what to do. */
public final class BindFailure extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private BindFailure(Endpoint endpoint, String reason, Throwable cause) {
        super(
                "Listener %s cannot be bound to %s:%d: %s"
                        .formatted(endpoint.listener(), endpoint.host(), endpoint.port(), reason),
                cause);
    }

    /** Nobody knows an address for the name of {@code endpoint}. */
    static BindFailure unknownHost(Endpoint endpoint) {
        String reason = "nobody knows a host of that name. Correct listeners, or leave the name out to listen at all"
                + " addresses";
        return new BindFailure(endpoint, reason, new UnknownHostException(endpoint.host()));
    }

    /** The system said no. */
    static BindFailure of(Endpoint endpoint, InetSocketAddress address, Throwable cause) {
        String told = String.valueOf(cause.getMessage());
        String kind = told.toLowerCase(Locale.ROOT);
        String advice = "";
        if (kind.contains("already in use")) {
            advice = ". Is another server running there?";
        } else if (kind.contains("cannot assign")) {
            advice = ". " + address.getAddress().getHostAddress() + " is no address of this machine: leave it out of"
                    + " listeners to listen at all addresses; what clients are to connect to is advertised.listeners";
        } else if (kind.contains("denied")) {
            advice = ". Ports below 1024 are for root as a rule";
        }
        return new BindFailure(endpoint, told + advice, cause);
    }
}
