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
 * @param asked the request as its connection keeps it
 */
public record RequestContext(
        ApiKeys apiKey,
        short apiVersion,
        int correlationId,
        String clientId,
        Connection connection,
        RequestTimes times,
        Asked asked) {

    /** Of a request that came over no connection. */
    public RequestContext(
            ApiKeys apiKey,
            short apiVersion,
            int correlationId,
            String clientId,
            Connection connection,
            RequestTimes times) {
        this(apiKey, apiVersion, correlationId, clientId, connection, times, Asked.BY_NOBODY);
    }

    /** The same of a request of which nobody asks how it went. */
    public RequestContext(ApiKeys apiKey, short apiVersion, int correlationId, String clientId, Connection connection) {
        this(apiKey, apiVersion, correlationId, clientId, connection, new RequestTimes());
    }

    /** A request that a connection keeps until it is answered. On the network loop of the connection. */
    public interface Asked {
        /** What came over no connection: it is as large as the process wants it to be, and whoever asks does not leave. */
        Asked BY_NOBODY = new Asked() {
            @Override
            public int bytes() {
                return 0;
            }

            @Override
            public RequestObjects.Share objects() {
                return RequestObjects.unbounded();
            }

            @Override
            public void whenGone(Runnable task) {}
        };

        /** Its size on the wire. */
        int bytes();

        /** What its objects take of the heap; given back when it is answered. A handler that decodes some of its bytes does so within it. */
        RequestObjects.Share objects();

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
