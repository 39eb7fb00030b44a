package dwal.protocol;

import java.net.InetAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * A connection without a socket, of somebody anonymous on this machine, for calls of handlers from within the process: in
 * simulations and tests. It never closes. Any thread.
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
        return 9092;
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
    public void onClose(Runnable task) {}
}
