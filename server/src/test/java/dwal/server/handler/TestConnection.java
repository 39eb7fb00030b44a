package dwal.server.handler;

import dwal.protocol.RequestContext;
import java.net.InetAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A client's connection without a network, for tests that call handlers directly. */
record TestConnection(String listener) implements RequestContext.Connection {
    private static final ScheduledExecutorService LOOP = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "test-loop");
        thread.setDaemon(true);
        return thread;
    });

    /** The context of a request that came over {@code listener}. */
    static RequestContext request(ApiKeys key, int version, String listener) {
        return new RequestContext(key, (short) version, 1, "tester", new TestConnection(listener));
    }

    @Override
    public String id() {
        return "test-connection";
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
        return "test";
    }

    @Override
    public String clientSoftwareVersion() {
        return "1";
    }

    @Override
    public ScheduledExecutorService loop() {
        return LOOP;
    }

    @Override
    public void onClose(Runnable task) {}
}
