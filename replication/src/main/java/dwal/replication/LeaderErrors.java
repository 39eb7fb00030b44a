package dwal.replication;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The errors that a leader answers for partitions, told in the node's log: one line for all partitions that go wrong in the
 * same way, and none for those that join them. Owned by the fetcher's strand.
 */
final class LeaderErrors {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderErrors.class);
    private static final int NAMED = 3;

    private final int leaderId;
    /** Of each partition that goes wrong, what was answered last. */
    private final Map<TopicIdPartition, Errors> troubled = new LinkedHashMap<>();

    private final Map<Errors, Integer> counts = new EnumMap<>(Errors.class);
    private final Map<Errors, List<TopicIdPartition>> untold = new EnumMap<>(Errors.class);

    LeaderErrors(int leaderId) {
        this.leaderId = leaderId;
    }

    /** The leader has answered {@code error} for {@code partition}, or {@code NONE}. */
    void answered(TopicIdPartition partition, Errors error) {
        Errors told = isOfAChange(error) ? Errors.NONE : error;
        if (told == Errors.NONE) {
            if (!troubled.isEmpty()) {
                forget(partition);
            }
        } else if (troubled.get(partition) != told) {
            forget(partition);
            troubled.put(partition, told);
            List<TopicIdPartition> toTell = untold.get(told);
            if (counts.merge(told, 1, Integer::sum) == 1) {
                toTell = untold.computeIfAbsent(told, fresh -> new ArrayList<>());
            }
            if (toTell != null) {
                toTell.add(partition);
            }
        }
    }

    /** {@code partition} goes wrong no more, or is not fetched from this leader any more. */
    void forget(TopicIdPartition partition) {
        Errors last = troubled.remove(partition);
        if (last != null) {
            counts.computeIfPresent(last, (error, count) -> count == 1 ? null : count - 1);
        }
    }

    /** After each answer of the leader: tells what is new. */
    void tell() {
        if (!untold.isEmpty()) {
            untold.forEach((error, partitions) -> LOG.warn(
                    "Node {} answers, as the leader of {}: {} Trying again",
                    leaderId,
                    some(partitions),
                    error.message()));
            untold.clear();
        }
    }

    private static String some(List<TopicIdPartition> partitions) {
        String named = String.join(
                ", ",
                partitions.stream()
                        .limit(NAMED)
                        .map(partition -> partition.topicPartition().toString())
                        .toList());
        return partitions.size() <= NAMED ? named : named + " and " + (partitions.size() - NAMED) + " more";
    }

    /** What a change of leaders or topics brings, until all have heard of it. */
    private static boolean isOfAChange(Errors error) {
        return switch (error) {
            case OFFSET_OUT_OF_RANGE,
                    NOT_LEADER_OR_FOLLOWER,
                    FENCED_LEADER_EPOCH,
                    UNKNOWN_LEADER_EPOCH,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    INCONSISTENT_TOPIC_ID -> true;
            default -> false;
        };
    }
}
