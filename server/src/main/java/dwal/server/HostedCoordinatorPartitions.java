package dwal.server;

import dwal.coordinator.CoordinatorPartitions;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.protocol.RecordsSlice;
import dwal.replication.FetchOutcome;
import dwal.replication.Isolation;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** The coordinators' records in the partitions that this node hosts. On coordinator threads, which may wait. */
final class HostedCoordinatorPartitions implements CoordinatorPartitions {
    private static final short LEADER_ONLY = 1;
    private static final int APPEND_TIMEOUT_MS = 30_000;

    private final Partitions partitions;
    private final Function<String, PartitionSettings> settings;
    private final Map<HighWatermarkListener, Tenure> tenures = new ConcurrentHashMap<>();

    /** @param settings gives a topic's settings by its name */
    HostedCoordinatorPartitions(Partitions partitions, Function<String, PartitionSettings> settings) {
        this.partitions = partitions;
        this.settings = settings;
    }

    @Override
    public long append(TopicPartition id, MemoryRecords records) {
        var done = new CompletableFuture<AppendOutcome>();
        hosted(id).append(records, AppendOrigin.COORDINATOR, LEADER_ONLY, APPEND_TIMEOUT_MS, done::complete);
        AppendOutcome outcome = done.join();
        if (outcome.error() != Errors.NONE) {
            throw outcome.error().exception(outcome.message());
        }
        return outcome.lastOffset() + 1;
    }

    @Override
    public int maxBatchBytes(TopicPartition id) {
        return settings.apply(id.topic()).log().maxMessageBytes();
    }

    @Override
    public Optional<Extent> extent(TopicPartition id) {
        Partition partition = partitions.find(id);
        if (partition == null) {
            return Optional.empty();
        }
        awaitOpen(partition);
        if (partition.checkLeader(-1) != Errors.NONE) {
            return Optional.empty();
        }
        var log = partition.log();
        return Optional.of(new Extent(log.logStartOffset(), log.highWatermark(), log.logEndOffset()));
    }

    @Override
    public RecordsSlice read(TopicPartition id, long offset, int maxBytes) {
        Partition partition = hosted(id);
        awaitOpen(partition);
        FetchOutcome outcome = partition.reads().read(offset, -1, -1, Isolation.LOG_END, maxBytes, true);
        RecordsSlice records = outcome.records();
        if (records == null) {
            throw outcome.error().exception();
        }
        return records;
    }

    @Override
    public void listen(TopicPartition id, HighWatermarkListener listener) {
        Partition partition = hosted(id);
        awaitOpen(partition);
        var tenure = new Tenure(partition, listener);
        tenures.put(listener, tenure);
        partition.watch(tenure);
        tenure.news();
    }

    @Override
    public void unlisten(TopicPartition id, HighWatermarkListener listener) {
        Tenure tenure = tenures.remove(listener);
        if (tenure != null) {
            tenure.partition.unwatch(tenure);
        }
    }

    private Partition hosted(TopicPartition id) {
        Partition partition = partitions.find(id);
        if (partition == null) {
            throw Errors.NOT_LEADER_OR_FOLLOWER.exception(id + " is not on this node.");
        }
        return partition;
    }

    private static void awaitOpen(Partition partition) {
        if (!partition.isOpen()) {
            var opened = new CompletableFuture<@Nullable Void>();
            partition.whenOpen(() -> opened.complete(null));
            opened.join();
        }
    }

    /**
     * For as long as this node leads without a break, in one leader epoch or several: another leader's high watermark
     * would acknowledge the wrong writes. An epoch in which the same node goes on, with a replica less say, brings no other
     * coordinator.
     */
    private final class Tenure implements Partition.Watcher {
        private final Partition partition;
        private final HighWatermarkListener listener;
        /** The high watermark that the listener knows; guarded by this. */
        private long told = -1;

        Tenure(Partition partition, HighWatermarkListener listener) {
            this.partition = partition;
            this.listener = listener;
        }

        /** Each change of role is news, too. Locked, since the first news is told on a thread of the coordinator. */
        @Override
        public synchronized void news() {
            if (partition.leaderEpoch() >= 0) {
                long highWatermark = partition.log().highWatermark();
                if (highWatermark > told) {
                    told = highWatermark;
                    listener.advanced(highWatermark);
                }
            } else {
                tenures.remove(listener, this);
                partition.unwatch(this);
            }
        }
    }
}
