package dwal.protocol;

import java.net.InetAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * Who asks, over which connection, what, in which version.
 *
 * @param apiKey the API asked for
 * @param apiVersion its version, one that we advertise
 * @param correlationId goes back in the answer's header
 * @param clientId the client's name for itself; empty when it sent none
 * @param connection the connection it came over
 * @param times where its handler notes how it goes
 * @param departure tells that nobody waits for the answer any more
 */
public record RequestContext(
        ApiKeys apiKey,
        short apiVersion,
        int correlationId,
        String clientId,
        Connection connection,
        RequestTimes times,
        Departure departure) {

    /** Of a request whose client does not leave before it has the answer. */
    public RequestContext(
            ApiKeys apiKey,
            short apiVersion,
            int correlationId,
            String clientId,
            Connection connection,
            RequestTimes times) {
        this(apiKey, apiVersion, correlationId, clientId, connection, times, Departure.NEVER);
    }

    /** The same of a request of which nobody asks how it went. */
    public RequestContext(ApiKeys apiKey, short apiVersion, int correlationId, String clientId, Connection connection) {
        this(apiKey, apiVersion, correlationId, clientId, connection, new RequestTimes());
    }

    /** The client of one request may leave before it is answered. On the network loop of its connection. */
    @FunctionalInterface
    public interface Departure {
        /** It does not. */
        Departure NEVER = task -> {};

        /** Runs {@code task} once if the connection closes before the answer is there. The last task given is the one. */
        void whenGone(Runnable task);
    }

    /**
     * A client's connection, as a handler may see it.
     *
     * <p>Any thread.
     */
    public interface Connection {
        /** Unique in this process; also in log lines. */
        String id();

        /** The name of the listener that accepted it. */
        String listener();

        /** Protocol of that listener. */
        SecurityProtocol securityProtocol();

        /** The peer's address. */
        InetAddress address();

        /** The local port the client connected to. */
        int localPort();

        /** Who the peer has proven to be; anonymous on a plain listener. */
        KafkaPrincipal principal();

        /** The peer was refused {@code operation} on {@code resource}: for those who explain that to somebody. */
        default void denied(AclOperation operation, ResourcePattern resource) {}

        /** What the client said in ApiVersions (KIP-511); "unknown" before. */
        String clientSoftwareName();

        /** See {@link #clientSoftwareName}. */
        String clientSoftwareVersion();

        /** The network loop of this connection: for waiting without a thread, and for going on where answers are written. */
        ScheduledExecutorService loop();

        /** Runs {@code task} once when the connection has closed; at once if it already has. */
        void onClose(Runnable task);
    }
}
