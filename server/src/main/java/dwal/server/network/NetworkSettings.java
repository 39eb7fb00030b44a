package dwal.server.network;

import io.netty.util.internal.PlatformDependent;

/**
 * What the listeners keep to.
 *
 * @param transport {@code dwal.network.transport}
 * @param loops how many network loops; 0 for as many as there are cores
 * @param sendBufferBytes {@code socket.send.buffer.bytes}; -1 leaves it to the system
 * @param receiveBufferBytes {@code socket.receive.buffer.bytes}; -1 leaves it to the system
 * @param backlog {@code socket.listen.backlog.size}
 * @param maxRequestBytes {@code socket.request.max.bytes}
 * @param queuedRequestBytes {@code queued.max.request.bytes}: of the whole server; -1 for a share of the memory there is
 * @param untakenBytes bytes of answers that clients have not taken, of the whole server, from where on those clients are not
 *     read from; -1 for a share of the memory there is
 * @param objectBytes bytes of the heap that the objects of all requests may take, by estimation; -1 for a share of it
 * @param limits how many connections there may be, to begin with
 * @param maxIdleMs {@code connections.max.idle.ms}
 * @param maxUnanswered how many requests of one connection may be without an answer that was taken
 */
public record NetworkSettings(
        Transport transport,
        int loops,
        int sendBufferBytes,
        int receiveBufferBytes,
        int backlog,
        int maxRequestBytes,
        long queuedRequestBytes,
        long untakenBytes,
        long objectBytes,
        ConnectionLimits limits,
        long maxIdleMs,
        int maxUnanswered) {

    /** How many requests a client may send without taking an answer; clients have 5 or so under way. */
    public static final int DEFAULT_MAX_UNANSWERED = 64;

    /** Kafka's defaults. */
    public static NetworkSettings defaults() {
        return new NetworkSettings(
                Transport.AUTO,
                0,
                100 * 1024,
                100 * 1024,
                50,
                100 * 1024 * 1024,
                -1,
                -1,
                -1,
                ConnectionLimits.none(),
                600_000,
                DEFAULT_MAX_UNANSWERED);
    }

    /** The same for controller listeners: members of the cluster only, few and with little to say. */
    public NetworkSettings forControllers() {
        return new NetworkSettings(
                transport,
                1,
                sendBufferBytes,
                receiveBufferBytes,
                backlog,
                maxRequestBytes,
                requestMemoryBytes() / 4,
                answerMemoryBytes() / 4,
                requestObjectBytes() / 4,
                limits,
                maxIdleMs,
                maxUnanswered);
    }

    /** How many network loops there are. */
    int loopCount() {
        return loops > 0 ? loops : Runtime.getRuntime().availableProcessors();
    }

    /** Bytes of requests that the whole server holds at most, but for one request. */
    long requestMemoryBytes() {
        return queuedRequestBytes > 0 ? queuedRequestBytes : PlatformDependent.maxDirectMemory() / 2;
    }

    /** Bytes of answers from where on clients that do not take theirs are held up; up to twice as many are held. */
    long answerMemoryBytes() {
        return untakenBytes > 0 ? untakenBytes : PlatformDependent.maxDirectMemory() / 8;
    }

    /** Bytes of the heap that the objects of all requests may take, with what their handlers make. */
    long requestObjectBytes() {
        return objectBytes > 0 ? objectBytes : Runtime.getRuntime().maxMemory() / 4;
    }

    /** Bytes that fetch sessions may hold in all, about 256 for each partition. */
    public static long fetchSessionBytesLimit() {
        return Runtime.getRuntime().maxMemory() / 8;
    }

    /** Bytes of the heap that the fields of one request may take, records not counted. */
    public static int objectBytesLimit() {
        long share = Runtime.getRuntime().maxMemory() / 4;
        return (int) Math.min(share, 512 << 20);
    }
}
