package dwal.server.metrics;

import dwal.protocol.Peer;
import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.image.TopicImage;

/**
 * When records were made that groups have not read yet, of partitions that this node has no replica of: read from their leaders, one
 * batch for each, of which only the header is looked at. What is at an offset stays as it is, so it is asked once and remembered for as
 * long as a group stands there; at most {@value #MOST_PER_ROUND} are asked in {@value #ROUND_SECONDS} s, one after the other of each leader.
 * Used by one scrape at a time.
 */
final class FirstUnreadTimes {
    static final int MOST_PER_ROUND = 100;
    static final long ROUND_SECONDS = 5;
    private static final int AT_MOST_MS = 2_000;
    /** A batch is given whole, however little is asked for. */
    private static final int LEAST_BYTES = 1;

    /** A record by its place. */
    record Place(TopicPartition partition, long offset) {}

    private final Observed node;
    private final Map<Integer, Peer> lines = new ConcurrentHashMap<>();
    private final Map<Place, Long> known = new ConcurrentHashMap<>();
    private boolean asked;
    private long askedNanos;

    FirstUnreadTimes(Observed node) {
        this.node = node;
    }

    /** Those that are known of {@code wanted}, in ms since 1970; others are asked for if it is time. Does not fail. */
    CompletableFuture<Map<Place, Long>> of(List<Place> wanted, ToIntFunction<TopicPartition> leaderOf) {
        // Groups that have moved on leave nothing behind.
        known.keySet().retainAll(new HashSet<>(wanted));
        List<Place> unknown = wanted.stream()
                .filter(place -> !known.containsKey(place))
                .distinct()
                .limit(MOST_PER_ROUND)
                .toList();
        long now = node.clock().nanoTime();
        if (unknown.isEmpty() || (asked && now - askedNanos < TimeUnit.SECONDS.toNanos(ROUND_SECONDS))) {
            return CompletableFuture.completedFuture(Map.copyOf(known));
        }
        asked = true;
        askedNanos = now;
        List<CompletableFuture<Void>> leaders = unknown.stream()
                .collect(Collectors.groupingBy(place -> leaderOf.applyAsInt(place.partition())))
                .entrySet()
                .stream()
                .filter(of -> of.getKey() >= 0)
                .map(of -> ask(of.getKey(), of.getValue(), 0))
                .toList();
        return CompletableFuture.allOf(leaders.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, AT_MOST_MS, TimeUnit.MILLISECONDS)
                .thenApply(over -> Map.copyOf(known));
    }

    /** The one at {@code index}, and then those behind it, unless the leader does not answer. */
    private CompletableFuture<Void> ask(int leader, List<Place> places, int index) {
        if (index >= places.size()) {
            return CompletableFuture.completedFuture(null);
        }
        Place place = places.get(index);
        TopicPartition partition = place.partition();
        TopicImage topic = node.metadata().image().topics().getTopic(partition.topic());
        if (topic == null) {
            return ask(leader, places, index + 1);
        }
        var answered = new CompletableFuture<Boolean>();
        Peer line = lines.computeIfAbsent(leader, node.peers()::to);
        line.send(ApiKeys.FETCH, request(place, topic), AT_MOST_MS, answer -> {
            try {
                OptionalLong made =
                        answer.body() instanceof FetchResponseData told ? timeIn(told) : OptionalLong.empty();
                made.ifPresent(ms -> known.put(place, ms));
            } finally {
                answer.release();
                answered.complete(answer.body() != null);
            }
        });
        return answered.thenCompose(
                goesOn -> goesOn ? ask(leader, places, index + 1) : CompletableFuture.completedFuture(null));
    }

    private static ApiMessage request(Place place, TopicImage topic) {
        return new FetchRequestData()
                .setMaxWaitMs(0)
                .setMinBytes(0)
                .setMaxBytes(LEAST_BYTES)
                .setSessionId(FetchMetadata.INVALID_SESSION_ID)
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(topic.name())
                        .setTopicId(topic.id())
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(place.partition().partition())
                                .setFetchOffset(place.offset())
                                .setPartitionMaxBytes(LEAST_BYTES)))));
    }

    /** As of a log that is here: when the first record of the batch was made, or when it was appended. */
    private static OptionalLong timeIn(FetchResponseData told) {
        if (told.errorCode() != Errors.NONE.code() || told.responses().isEmpty()) {
            return OptionalLong.empty();
        }
        PartitionData partition = told.responses().get(0).partitions().get(0);
        if (!(partition.records() instanceof MemoryRecords records) || records.sizeInBytes() < BatchView.HEADER_BYTES) {
            return OptionalLong.empty();
        }
        ByteBuffer bytes = records.buffer();
        BatchView batch = new BatchView().over(bytes, bytes.position());
        return OptionalLong.of(batch.isLogAppendTime() ? batch.maxTimestamp() : batch.baseTimestamp());
    }
}
