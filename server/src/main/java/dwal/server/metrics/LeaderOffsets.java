package dwal.server.metrics;

import dwal.protocol.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/**
 * From where to where partitions can be read that this node has no replica of: asked of their leaders, of each with two
 * requests for all its partitions, not more often than every {@value #KEPT_SECONDS} s. Used by one scrape at a time.
 */
final class LeaderOffsets {
    private static final long KEPT_SECONDS = 5;
    private static final int AT_MOST_MS = 2_000;

    /** Offset of the first record that can be read, and that behind the last. */
    record Range(long start, long highWatermark) {

        /** The first record that a group which has committed {@code committed} has not read. */
        long next(long committed) {
            return Math.max(committed, start);
        }

        /** How many it has not read. */
        long lag(long committed) {
            return Math.max(0, highWatermark - next(committed));
        }
    }

    private final Observed node;
    private final Map<Integer, Peer> lines = new ConcurrentHashMap<>();
    private Set<TopicPartition> asked = Set.of();
    private Map<TopicPartition, Range> known = Map.of();
    private long askedNanos;

    LeaderOffsets(Observed node) {
        this.node = node;
    }

    /** Those of {@code partitions}, but for leaders that do not answer in time. Does not fail. */
    CompletableFuture<Map<TopicPartition, Range>> of(
            Set<TopicPartition> partitions, ToIntFunction<TopicPartition> leaderOf) {
        long now = node.clock().nanoTime();
        if (asked.containsAll(partitions)
                && (partitions.isEmpty() || now - askedNanos < TimeUnit.SECONDS.toNanos(KEPT_SECONDS))) {
            return CompletableFuture.completedFuture(known);
        }
        Map<TopicPartition, Long> starts = new ConcurrentHashMap<>();
        Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        partitions.stream().collect(Collectors.groupingBy(leaderOf::applyAsInt)).forEach((leader, its) -> {
            answers.add(ask(leader, its, ListOffsetsRequest.EARLIEST_TIMESTAMP, starts));
            answers.add(ask(leader, its, ListOffsetsRequest.LATEST_TIMESTAMP, ends));
        });
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, AT_MOST_MS, TimeUnit.MILLISECONDS)
                .thenApply(over -> {
                    asked = partitions;
                    askedNanos = now;
                    known = both(starts, ends);
                    return known;
                });
    }

    private static Map<TopicPartition, Range> both(Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Range> ranges = new HashMap<>();
        starts.forEach((partition, start) -> {
            Long end = ends.get(partition);
            if (end != null) {
                ranges.put(partition, new Range(start, end));
            }
        });
        return ranges;
    }

    private CompletableFuture<Void> ask(
            int leader, List<TopicPartition> partitions, long timestamp, Map<TopicPartition, Long> into) {
        var answered = new CompletableFuture<Void>();
        Peer line = lines.computeIfAbsent(leader, node.peers()::to);
        line.send(ApiKeys.LIST_OFFSETS, request(partitions, timestamp), AT_MOST_MS, answer -> {
            try {
                if (answer.body() instanceof ListOffsetsResponseData told) {
                    note(told, into);
                }
            } finally {
                answer.release();
                answered.complete(null);
            }
        });
        return answered;
    }

    private static ListOffsetsRequestData request(List<TopicPartition> partitions, long timestamp) {
        Map<String, ListOffsetsTopic> topics = new HashMap<>();
        for (TopicPartition each : partitions) {
            topics.computeIfAbsent(each.topic(), name -> new ListOffsetsTopic().setName(name))
                    .partitions()
                    .add(new ListOffsetsPartition()
                            .setPartitionIndex(each.partition())
                            .setTimestamp(timestamp));
        }
        return new ListOffsetsRequestData()
                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                .setTopics(new ArrayList<>(topics.values()));
    }

    private static void note(ListOffsetsResponseData told, Map<TopicPartition, Long> into) {
        told.topics()
                .forEach(topic -> topic.partitions().stream()
                        .filter(partition -> partition.errorCode() == Errors.NONE.code())
                        .forEach(partition -> into.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()), partition.offset())));
    }
}
