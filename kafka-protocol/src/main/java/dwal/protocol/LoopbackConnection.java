package dwal.protocol;

import java.net.InetAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * What handlers see in place of a client's connection when the process asks itself: it has no socket, and belongs to somebody
 * anonymous on this machine. It outlives each request, so nothing happens when it closes. Any thread.
 *
 * @param id who asks
 * @param listener as whose client it is answered
 * @param loop where the request is handled
 */
public record LoopbackConnection(String id, String listener, ScheduledExecutorService loop)
        implements RequestContext.Connection {

    @Override
    public SecurityProtocol securityProtocol() {
        return SecurityProtocol.PLAINTEXT;
    }

    @Override
    public InetAddress address() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public int localPort() {
        return 0;
    }

    @Override
    public KafkaPrincipal principal() {
        return KafkaPrincipal.ANONYMOUS;
    }

    @Override
    public String clientSoftwareName() {
        return "unknown";
    }

    @Override
    public String clientSoftwareVersion() {
        return "unknown";
    }

    @Override
    public void onClose(Runnable task) {
        // It does not close.
    }
}
