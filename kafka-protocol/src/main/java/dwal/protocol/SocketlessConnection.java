package dwal.protocol;

import org.apache.kafka.common.security.auth.SecurityProtocol;

/** What handlers see in place of a client's connection when the process itself asks. It does not close. Any thread. */
public interface SocketlessConnection extends RequestContext.Connection {
    @Override
    default SecurityProtocol securityProtocol() {
        return SecurityProtocol.PLAINTEXT;
    }

    @Override
    default int localPort() {
        return 0;
    }

    @Override
    default String clientSoftwareName() {
        return "unknown";
    }

    @Override
    default String clientSoftwareVersion() {
        return "unknown";
    }

    @Override
    default void onClose(Runnable task) {
        // Nothing outlives the request, or it never comes.
    }
}
