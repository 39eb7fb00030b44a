package dwal.coordinator;

import dwal.protocol.RequestContext;
import java.net.InetAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A client on the loopback address, for tests that call handlers directly. */
public record FakeConnection(String id, String listener, ScheduledExecutorService loop)
        implements RequestContext.Connection {
    private static final ScheduledExecutorService LOOP = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "test-loop");
        thread.setDaemon(true);
        return thread;
    });

    /** The context of a request of API {@code key} in {@code version}, by a client called "tester". */
    public static RequestContext request(ApiKeys key, int version) {
        return request(key, version, "PLAINTEXT");
    }

    /** The same over {@code listener}. */
    public static RequestContext request(ApiKeys key, int version, String listener) {
        return new RequestContext(key, (short) version, 1, "tester", new FakeConnection("test-1", listener, LOOP));
    }

    /** The same in the latest version. */
    public static RequestContext request(ApiKeys key) {
        return request(key, key.latestVersion(false));
    }

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
