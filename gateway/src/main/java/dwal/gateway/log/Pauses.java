package dwal.gateway.log;

import dwal.environment.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.server.config.QuotaConfig;
import org.jspecify.annotations.Nullable;

/**
 * Until when which node is not to be asked for one kind of thing, since the quota of the doors' clients is used up there: what a
 * client of Kafka does when it is told to pause (KIP-219). Any thread.
 */
public final class Pauses {
    private final Clock clock;
    private final String key;
    private final Map<Integer, Long> untilNanos = new ConcurrentHashMap<>();

    /** @param key the quota, as it is called where it is set */
    Pauses(Clock clock, String key) {
        this.clock = clock;
        this.key = key;
    }

    /** Those of all doors of a node. */
    public record OfDoors(Pauses writes, Pauses reads) {
        /** None yet. */
        public static OfDoors none(Clock clock) {
            return new OfDoors(
                    new Pauses(clock, QuotaConfig.PRODUCER_BYTE_RATE_OVERRIDE_CONFIG),
                    new Pauses(clock, QuotaConfig.CONSUMER_BYTE_RATE_OVERRIDE_CONFIG));
        }
    }

    /** {@code node} has said that its clients are to pause for {@code ms}. */
    void told(int node, int ms) {
        if (ms > 0) {
            untilNanos.put(node, clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms));
        }
    }

    /** Why {@code node} is not to be asked now; null if it may be. */
    <T> @Nullable Answer<T> tooSoon(int node) {
        Long until = untilNanos.get(node);
        if (until == null) {
            return null;
        }
        long left = until - clock.nanoTime();
        if (left > 0) {
            return Answer.throttled(
                    "The quota " + key + " of the client id " + KafkaRequests.CLIENT_ID + " is used up at node " + node,
                    TimeUnit.NANOSECONDS.toMillis(left + 999_999));
        }
        untilNanos.remove(node, until);
        return null;
    }
}
