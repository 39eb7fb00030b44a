package dwal.server.network;

import io.netty.channel.uring.IoUring;
import java.util.Map;

/** Settings for tests: Kafka's defaults with two loops, and what a test is about changed. */
record TestSettings(
        Transport transport,
        int maxConnections,
        int perAddress,
        Map<String, Integer> overrides,
        long idleMs,
        long memory,
        long untaken,
        long objects) {
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    static NetworkSettings defaults() {
        return on(Transport.AUTO);
    }

    static NetworkSettings on(Transport transport) {
        return new TestSettings(transport, NO_LIMIT, NO_LIMIT, Map.of(), 600_000, -1, -1, -1).settings();
    }

    static NetworkSettings connections(int all, int perAddress, Map<String, Integer> overrides) {
        return new TestSettings(Transport.AUTO, all, perAddress, overrides, 600_000, -1, -1, -1).settings();
    }

    static NetworkSettings idle(long ms) {
        return new TestSettings(Transport.AUTO, NO_LIMIT, NO_LIMIT, Map.of(), ms, -1, -1, -1).settings();
    }

    static NetworkSettings memory(long bytes) {
        return new TestSettings(Transport.AUTO, NO_LIMIT, NO_LIMIT, Map.of(), 600_000, bytes, -1, -1).settings();
    }

    static NetworkSettings untaken(long bytes) {
        return new TestSettings(Transport.AUTO, NO_LIMIT, NO_LIMIT, Map.of(), 600_000, -1, bytes, -1).settings();
    }

    static NetworkSettings objects(long bytes) {
        return new TestSettings(Transport.AUTO, NO_LIMIT, NO_LIMIT, Map.of(), 600_000, -1, -1, bytes).settings();
    }

    static boolean isAvailable(Transport transport) {
        return transport != Transport.IO_URING || IoUring.isAvailable();
    }

    private NetworkSettings settings() {
        NetworkSettings kafkas = NetworkSettings.defaults();
        return new NetworkSettings(
                transport,
                2,
                kafkas.sendBufferBytes(),
                kafkas.receiveBufferBytes(),
                kafkas.backlog(),
                kafkas.maxRequestBytes(),
                memory,
                untaken,
                objects,
                new ConnectionLimits(maxConnections, perAddress, overrides, Map.of()),
                idleMs,
                kafkas.maxUnanswered());
    }
}
