package dwal.gateway.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The streams that are open, which do not end by themselves when the node stops, and of which there may be so many. Any thread. */
final class OpenStreams {
    /** One of them. */
    @FunctionalInterface
    interface Stream {
        /** Answers what is under way, and then ends with {@link #stopping}. */
        void stop();
    }

    private final int most;

    private final Set<Stream> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    OpenStreams(int most) {
        this.most = most;
    }

    /** How many there are. */
    int count() {
        return open.size();
    }

    /** Why there may not be one more; null if there may. */
    @Nullable
    StatusRuntimeException full() {
        return open.size() < most
                ? null
                : Status.RESOURCE_EXHAUSTED
                        .withDescription("There are as many streams as dwal.gateway.max.connections=" + most
                                + " connections already: try again later")
                        .asRuntimeException();
    }

    void add(Stream stream) {
        open.add(stream);
        if (stopped) {
            stream.stop();
        }
    }

    void remove(Stream stream) {
        open.remove(stream);
    }

    /** Whether the node stops. */
    boolean isStopped() {
        return stopped;
    }

    void stop() {
        stopped = true;
        open.forEach(Stream::stop);
    }

    /** What a client is told whose stream the node ends: another node may serve him. */
    static StatusRuntimeException stopping() {
        return Status.UNAVAILABLE.withDescription("The node is being stopped").asRuntimeException();
    }
}
