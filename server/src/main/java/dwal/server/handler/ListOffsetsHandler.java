package dwal.server.handler;

import dwal.log.OffsetAndTime;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.Isolation;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.image.MetadataImage;

/** ListOffsets: the first, last, or by its time some offset of each partition. May search on disk: off the network loop. */
public final class ListOffsetsHandler implements Handler<ListOffsetsRequestData> {
    private static final OffsetAndTime NONE = new OffsetAndTime(-1, -1, -1);

    private final Partitions partitions;
    private final Supplier<MetadataImage> metadata;
    private final Executor blocking;

    /** @param blocking runs what may wait for a disk */
    public ListOffsetsHandler(Partitions partitions, Supplier<MetadataImage> metadata, Executor blocking) {
        this.partitions = partitions;
        this.metadata = metadata;
        this.blocking = blocking;
    }

    @Override
    public CompletionStage<ListOffsetsResponseData> handle(RequestContext context, ListOffsetsRequestData request) {
        Map<String, Set<Integer>> duplicates = duplicates(request);
        Isolation isolation = isolation(request);
        var response = new ListOffsetsResponseData();
        var all = new PartitionAnswers();
        for (ListOffsetsTopic topic : request.topics()) {
            var topicAnswer = new ListOffsetsTopicResponse().setName(topic.name());
            if (!topic.partitions().isEmpty()) {
                response.topics().add(topicAnswer);
            }
            for (ListOffsetsPartition wanted : topic.partitions()) {
                var into = new ListOffsetsPartitionResponse()
                        .setPartitionIndex(wanted.partitionIndex())
                        .setTimestamp(-1)
                        .setOffset(-1);
                topicAnswer.partitions().add(into);
                Partition partition = partitions.find(topic.name(), wanted.partitionIndex());
                if (duplicates.getOrDefault(topic.name(), Set.of()).contains(wanted.partitionIndex())) {
                    into.setErrorCode(Errors.INVALID_REQUEST.code());
                } else if (!isKnown(wanted.timestamp(), context.apiVersion())) {
                    into.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
                } else if (partition == null) {
                    into.setErrorCode(Partitions.whyNotHere(metadata.get(), topic.name(), wanted.partitionIndex())
                            .code());
                } else {
                    all.add(done -> partition.whenOpen(() -> blocking.execute(() -> PartitionAnswers.fill(
                            () -> search(into, partition, wanted, isolation, context.apiVersion()),
                            error -> into.setErrorCode(error.code()),
                            done))));
                }
            }
        }
        return all.then(response);
    }

    private static void search(
            ListOffsetsPartitionResponse into,
            Partition partition,
            ListOffsetsPartition wanted,
            Isolation isolation,
            short version) {
        try {
            fill(into, partition, wanted, isolation, version);
        } catch (UncheckedIOException e) {
            into.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code()); // the log has said what is wrong
        }
    }

    private static void fill(
            ListOffsetsPartitionResponse into,
            Partition partition,
            ListOffsetsPartition wanted,
            Isolation isolation,
            short version) {
        Errors error = partition.checkLeader(wanted.currentLeaderEpoch());
        if (error != Errors.NONE) {
            into.setErrorCode(error.code());
            return;
        }
        // Asked first: it may come to be known while we search below what it was before.
        boolean unsure = isolation != Isolation.LOG_END && !partition.knowsHighWatermark();
        OffsetAndTime found = find(partition, wanted.timestamp(), isolation);
        if (unsure && isBoundedByHighWatermark(wanted.timestamp(), found)) {
            // The limit may be older than what an earlier leader has told (KIP-207).
            into.setErrorCode((version >= 5 ? Errors.OFFSET_NOT_AVAILABLE : Errors.LEADER_NOT_AVAILABLE).code());
            return;
        }
        into.setOffset(found.offset()).setTimestamp(found.timestampMs());
        if (version >= 4) {
            into.setLeaderEpoch(found.leaderEpoch());
        }
    }

    private static boolean isBoundedByHighWatermark(long timestamp, OffsetAndTime found) {
        return timestamp == ListOffsetsRequest.LATEST_TIMESTAMP
                || ((timestamp >= 0 || timestamp == ListOffsetsRequest.MAX_TIMESTAMP) && found.equals(NONE));
    }

    private static OffsetAndTime find(Partition partition, long timestamp, Isolation isolation) {
        var log = partition.log();
        long limit = switch (isolation) {
            case READ_UNCOMMITTED -> log.highWatermark();
            case READ_COMMITTED -> log.lastStableOffset();
            case LOG_END -> log.logEndOffset();
        };
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return new OffsetAndTime(limit, -1, partition.leaderEpoch());
        }
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            OptionalInt epoch = log.epochOf(log.logStartOffset());
            return new OffsetAndTime(log.logStartOffset(), -1, epoch.orElse(-1));
        }
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
            return log.offsetOfMaxTimestamp()
                    .filter(found -> found.offset() < limit)
                    .orElse(NONE);
        }
        if (timestamp < 0) {
            return NONE; // nothing is tiered, nothing waits to be
        }
        return log.offsetForTime(timestamp, limit).orElse(NONE);
    }

    /** From which version on each of the special timestamps is understood. */
    private static boolean isKnown(long timestamp, short version) {
        if (timestamp >= ListOffsetsRequest.EARLIEST_TIMESTAMP) {
            return true;
        }
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
            return version >= 7;
        }
        if (timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return version >= 8;
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP) {
            return version >= 9;
        }
        return timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP && version >= 11;
    }

    private static Isolation isolation(ListOffsetsRequestData request) {
        if (request.replicaId() != ListOffsetsRequest.CONSUMER_REPLICA_ID) {
            return Isolation.LOG_END;
        }
        return Isolation.ofConsumer(request.isolationLevel());
    }

    /** By topic. In maps of what can be compared: a client can choose partitions whose hash codes are the same. */
    private static Map<String, Set<Integer>> duplicates(ListOffsetsRequestData request) {
        Map<String, Set<Integer>> seen = new HashMap<>();
        Map<String, Set<Integer>> duplicates = new HashMap<>(0);
        for (ListOffsetsTopic topic : request.topics()) {
            Set<Integer> seenOfTopic = seen.computeIfAbsent(topic.name(), name -> new HashSet<>());
            for (ListOffsetsPartition partition : topic.partitions()) {
                if (!seenOfTopic.add(partition.partitionIndex())) {
                    duplicates
                            .computeIfAbsent(topic.name(), name -> new HashSet<>())
                            .add(partition.partitionIndex());
                }
            }
        }
        return duplicates;
    }
}
