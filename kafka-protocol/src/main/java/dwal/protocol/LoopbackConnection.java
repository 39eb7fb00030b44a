package dwal.protocol;

import java.net.InetAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.security.auth.KafkaPrincipal;

/**
 * The process asks itself as somebody anonymous on this machine. It outlives each request. Any thread.
 *
 * @param id who asks
 * @param listener as whose client it is answered
 * @param loop where the request is handled
 */
public record LoopbackConnection(String id, String listener, ScheduledExecutorService loop)
        implements SocketlessConnection {

    @Override
    public InetAddress address() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public KafkaPrincipal principal() {
        return KafkaPrincipal.ANONYMOUS;
    }
}
