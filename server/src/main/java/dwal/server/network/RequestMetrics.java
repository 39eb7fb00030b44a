package dwal.server.network;

import dwal.environment.Clock;
import dwal.environment.DurationHistogram;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** What clients have asked, over all connections, and how long it took. Any thread. */
public final class RequestMetrics {

    /** Of one API. */
    public static final class OfApi {
        private final DurationHistogram durations = new DurationHistogram();
        private final LongAdder requestBytes = new LongAdder();
        private final LongAdder responseBytes = new LongAdder();
        private final Map<Errors, LongAdder> errors = new ConcurrentHashMap<>();

        private OfApi() {}

        void answered(long nanos, int requestBytes, int responseBytes) {
            durations.record(nanos);
            this.requestBytes.add(requestBytes);
            this.responseBytes.add(responseBytes);
        }

        void error(Errors error, int times) {
            errors.computeIfAbsent(error, e -> new LongAdder()).add(times);
        }

        /** From when a request was there until its answer was given to the socket; without waits that the client asked for. */
        public DurationHistogram durations() {
            return durations;
        }

        /** Bytes of requests, without the length before each. */
        public long requestBytes() {
            return requestBytes.sum();
        }

        /** Bytes of answers, with the length before each. */
        public long responseBytes() {
            return responseBytes.sum();
        }

        /** How often each error was answered; one answer may hold several. */
        public Map<Errors, Long> errors() {
            Map<Errors, Long> counts = new EnumMap<>(Errors.class);
            errors.forEach((error, count) -> counts.put(error, count.sum()));
            return counts;
        }
    }

    private static final int LARGEST_ID =
            Arrays.stream(ApiKeys.values()).mapToInt(api -> api.id).max().orElse(0);

    private final SlowRequests slow;
    private final DoorMetrics doors;

    /** By the API's id. */
    private final AtomicReferenceArray<OfApi> byApi = new AtomicReferenceArray<>(1 + LARGEST_ID);

    /** Figures of nothing yet. */
    public RequestMetrics(Clock clock) {
        slow = new SlowRequests(clock);
        doors = new DoorMetrics(clock, slow);
    }

    /** What was asked at other doors. */
    public DoorMetrics doors() {
        return doors;
    }

    /** The slowest of late. */
    public SlowRequests slow() {
        return slow;
    }

    /** The figures of {@code api}. */
    OfApi of(ApiKeys api) {
        OfApi known = byApi.get(api.id);
        if (known != null) {
            return known;
        }
        byApi.compareAndSet(api.id, null, new OfApi());
        return byApi.get(api.id);
    }

    /** The figures of each API that was asked for. */
    public Map<ApiKeys, OfApi> byApi() {
        Map<ApiKeys, OfApi> asked = new EnumMap<>(ApiKeys.class);
        for (ApiKeys api : ApiKeys.values()) {
            OfApi known = byApi.get(api.id);
            if (known != null) {
                asked.put(api, known);
            }
        }
        return asked;
    }
}
