package dwal.coordinator;

import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.protocol.ApiKeys;

/** A client on the loopback address, for tests that call handlers directly. */
public final class FakeConnection {
    private static final ScheduledExecutorService LOOP = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "test-loop");
        thread.setDaemon(true);
        return thread;
    });

    private FakeConnection() {}

    /** The context of a request of API {@code key} in {@code version}, by a client called "tester". */
    public static RequestContext request(ApiKeys key, int version) {
        return request(key, version, "PLAINTEXT");
    }

    /** The same over {@code listener}. */
    public static RequestContext request(ApiKeys key, int version, String listener) {
        return new RequestContext(key, (short) version, 1, "tester", new LoopbackConnection("test-1", listener, LOOP));
    }

    /** The same in the latest version. */
    public static RequestContext request(ApiKeys key) {
        return request(key, key.latestVersion(false));
    }
}
