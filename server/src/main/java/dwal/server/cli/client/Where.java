package dwal.server.cli.client;

import dwal.environment.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A place in the log, as options tell it; one of them at most. One thread. */
final class Where {
    @Option(
            names = {"-o", "--offset"},
            paramLabel = "OFFSET",
            description = "At this offset: a number, earliest or latest.")
    private @Nullable String offset;

    @Option(
            names = {"-t", "--timestamp"},
            paramLabel = "TIME",
            description =
                    "At the first record of this time or later: 2026-01-31, 2026-01-31T12:00, 2026-01-31T12:00:00Z,"
                            + " milliseconds since 1970, or how long ago: 90s, 15m, 2h, 7d.")
    private @Nullable String timestamp;

    @Option(names = "--last", paramLabel = "N", description = "At the last N records of each partition.")
    private @Nullable Long last;

    /** What a cluster tells about the offsets of partitions. */
    interface Bounds {
        Map<TopicPartition, Long> earliest(Collection<TopicPartition> partitions);

        /** Where the next record will be. */
        Map<TopicPartition, Long> latest(Collection<TopicPartition> partitions);

        /** Where the first record of this time or later is; without a value where there is none. */
        Map<TopicPartition, Long> at(long timestampMs, Collection<TopicPartition> partitions);
    }

    /** The offset in each of {@code partitions}. Throws if it lies outside of one of them. */
    Map<TopicPartition, Long> resolve(Collection<TopicPartition> partitions, Bounds bounds) {
        if (timestamp != null) {
            Map<TopicPartition, Long> found = new HashMap<>(bounds.latest(partitions));
            found.putAll(bounds.at(Times.parse(timestamp, Clock.system().wallMs()), partitions));
            return found;
        } else if (last != null) {
            if (last < 0) {
                throw new RequestFailure("--last " + last + ": how many records, 0 or more");
            }
            Map<TopicPartition, Long> starts = bounds.earliest(partitions);
            Map<TopicPartition, Long> found = new HashMap<>();
            bounds.latest(partitions)
                    .forEach((id, end) -> found.put(id, Math.max(starts.getOrDefault(id, 0L), end - last)));
            return found;
        } else if (offset == null || offset.equals("earliest")) {
            return bounds.earliest(partitions);
        } else if (offset.equals("latest")) {
            return bounds.latest(partitions);
        }
        return inside(number(offset), partitions, bounds);
    }

    private static Map<TopicPartition, Long> inside(long wanted, Collection<TopicPartition> partitions, Bounds bounds) {
        Map<TopicPartition, Long> starts = bounds.earliest(partitions);
        Map<TopicPartition, Long> ends = bounds.latest(partitions);
        Map<TopicPartition, Long> found = new HashMap<>();
        for (TopicPartition id : partitions) {
            long start = starts.getOrDefault(id, 0L);
            long end = ends.getOrDefault(id, 0L);
            if (wanted < start || wanted > end) {
                throw new RequestFailure("Partition " + id + " has no offset " + wanted
                        + (start == end
                                ? ": it is empty, the next record will have offset " + end
                                : ": its records have offsets " + start + " to " + (end - 1)));
            }
            found.put(id, wanted);
        }
        return found;
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RequestFailure("--offset " + text + ": a number, earliest or latest");
        }
    }
}
