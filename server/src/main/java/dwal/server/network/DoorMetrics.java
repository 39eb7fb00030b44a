package dwal.server.network;

import dwal.environment.Clock;
import dwal.environment.DurationHistogram;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What clients have asked at the doors other than Kafka's, and how long it took. Any thread. */
public final class DoorMetrics {

    /** Of one kind of request at one door. */
    public final class OfOperation {
        private final String name;
        private final DurationHistogram durations = new DurationHistogram();
        private final LongAdder streams = new LongAdder();
        private final LongAdder requestBytes = new LongAdder();
        private final LongAdder responseBytes = new LongAdder();
        private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

        private OfOperation(String name) {
            this.name = name;
        }

        /** A request was answered, and the client has its answer. */
        public void answered(DoorRequest asked) {
            long now = clock.nanoTime();
            requestBytes.add(asked.requestBytes());
            responseBytes.add(asked.responseBytes());
            long took = asked.tookNanos(now);
            durations.record(took);
            if (slow.isSlow(took, now)) {
                long cameMs = clock.wallMs() - TimeUnit.NANOSECONDS.toMillis(now - asked.arrivedNanos());
                slow.keep(took, now, Explanation.of(name, asked, now, cameMs));
            }
        }

        /** A stream has ended. */
        public void streamed(long requestBytes, long responseBytes) {
            this.requestBytes.add(requestBytes);
            this.responseBytes.add(responseBytes);
        }

        /** A stream has begun. */
        public void streamBegins() {
            streams.increment();
        }

        /** The answer was an error, or a stream ended with one. */
        public void error(String code) {
            errors.computeIfAbsent(code, c -> new LongAdder()).increment();
        }

        /** From when a request was there until its client had the answer; without waits that it asked for. Not of streams. */
        public DurationHistogram durations() {
            return durations;
        }

        /** How many streams have begun. */
        public long streams() {
            return streams.sum();
        }

        public long requestBytes() {
            return requestBytes.sum();
        }

        public long responseBytes() {
            return responseBytes.sum();
        }

        /** How often each error was answered. */
        public Map<String, Long> errors() {
            Map<String, Long> counts = new TreeMap<>();
            errors.forEach((code, count) -> counts.put(code, count.sum()));
            return counts;
        }
    }

    /**
     * One door.
     *
     * @param name {@code http} or {@code grpc}
     * @param openStreams how many streams there are, and requests that wait for records
     * @param heldBytes what is held for clients
     * @param heldBytesLimit how much may be
     */
    public record OfDoor(
            String name,
            Supplier<ConnectionFigures> connections,
            LongSupplier openStreams,
            LongSupplier heldBytes,
            long heldBytesLimit,
            Map<String, OfOperation> operations) {}

    private final Clock clock;
    private final SlowRequests slow;
    private final List<OfDoor> doors = new CopyOnWriteArrayList<>();

    DoorMetrics(Clock clock, SlowRequests slow) {
        this.clock = clock;
        this.slow = slow;
    }

    /** Adds a door, with no operations yet. */
    public OfDoor add(
            String name,
            Supplier<ConnectionFigures> connections,
            LongSupplier openStreams,
            LongSupplier heldBytes,
            long heldBytesLimit) {
        var door = new OfDoor(name, connections, openStreams, heldBytes, heldBytesLimit, new ConcurrentHashMap<>());
        doors.add(door);
        return door;
    }

    /** The figures of an operation of {@code door}; {@code name} is one of a few, never a client's own word. */
    public OfOperation of(OfDoor door, String name) {
        OfOperation known = door.operations().get(name);
        return known != null ? known : door.operations().computeIfAbsent(name, OfOperation::new);
    }

    /** All doors. */
    public List<OfDoor> doors() {
        return doors;
    }
}
