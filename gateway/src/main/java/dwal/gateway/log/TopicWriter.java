package dwal.gateway.log;

import dwal.protocol.RequestTimes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to the partitions of a topic, each partition's together. Records with a key go where Kafka's own producer takes
 * them; those of a request without key and partition go to one partition, those of the next to the next. Any thread; nothing blocks.
 */
public final class TopicWriter {
    private final ClusterLogs logs;
    private final AtomicInteger turn;

    /** A writer to {@code logs}. */
    public TopicWriter(ClusterLogs logs) {
        this(logs, new AtomicInteger());
    }

    private TopicWriter(ClusterLogs logs, AtomicInteger turn) {
        this.logs = logs;
        this.turn = turn;
    }

    /** The same writer in the name of {@code caller}. */
    public TopicWriter as(Caller caller) {
        return new TopicWriter(logs.as(caller), turn);
    }

    /**
     * What became of one record.
     *
     * @param offset where it is, or why it is nowhere
     * @param timestamp what it has in the log; -1 where that is not known, since an earlier attempt has set it
     */
    public record Outcome(int partition, Answer<Long> offset, long timestamp) {}

    /** Records by partition, with their places in the request. */
    private record Placed(List<Integer> indexes, List<NewRecord> records) {}

    /**
     * Appends {@code records}; what is for several partitions is not all there or not there together.
     *
     * @param acks as in {@link Batch}
     * @param key what the client calls this request, to have it done once; null for no such name
     * @param times where it is noted how that went, if all go to one partition, and this node leads it
     * @return an outcome for each record, in their order; a refusal if nothing was tried
     */
    public CompletableFuture<Answer<List<Outcome>>> append(
            String topic,
            List<NewRecord> records,
            short acks,
            @Nullable String key,
            RequestTimes times,
            Patience patience) {
        IdempotencyKey once = key == null ? null : new IdempotencyKey(key);
        return logs.partitionCountToWrite(topic, times, patience).thenCompose(partitions -> {
            if (partitions.isRefused()) {
                return CompletableFuture.completedFuture(partitions.refusedToo());
            }
            Answer<Map<Integer, Placed>> placed = place(topic, records, partitions.get(), once);
            return placed.isRefused()
                    ? CompletableFuture.completedFuture(placed.refusedToo())
                    : append(topic, placed.get(), records.size(), acks, once, times, patience);
        });
    }

    private Answer<Map<Integer, Placed>> place(
            String topic, List<NewRecord> records, int partitions, @Nullable IdempotencyKey once) {
        int anywhere =
                once == null ? Utils.toPositive(turn.getAndIncrement()) % partitions : once.partition(partitions);
        Map<Integer, Placed> placed = new TreeMap<>();
        for (int i = 0; i < records.size(); i++) {
            NewRecord each = records.get(i);
            ByteBuffer key = each.record().key();
            int partition = each.partition() != NewRecord.ANY
                    ? each.partition()
                    : key == null ? anywhere : BuiltInPartitioner.partitionForKey(Utils.toArray(key), partitions);
            if (partition >= partitions) {
                return Answer.refused(
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        "Topic " + topic + " has no partition " + partition + ", but " + partitions
                                + ", numbered from 0; nothing was appended");
            }
            Placed there = placed.computeIfAbsent(partition, p -> new Placed(new ArrayList<>(), new ArrayList<>()));
            there.indexes.add(i);
            there.records.add(each);
        }
        return Answer.of(placed);
    }

    private CompletableFuture<Answer<List<Outcome>>> append(
            String topic,
            Map<Integer, Placed> placed,
            int count,
            short acks,
            @Nullable IdempotencyKey once,
            RequestTimes times,
            Patience patience) {
        boolean several = placed.size() > 1;
        Outcome[] outcomes = new Outcome[count];
        List<CompletableFuture<Void>> appends = new ArrayList<>();
        placed.forEach((partition, there) -> appends.add(logs.append(
                        new TopicPartition(topic, partition),
                        batch(there.records, acks, once),
                        several ? new RequestTimes() : times,
                        patience)
                .thenAccept(appended -> fill(outcomes, partition, there, appended, once != null))));
        return CompletableFuture.allOf(appends.toArray(CompletableFuture[]::new))
                .thenApply(all -> Answer.of(List.of(outcomes)));
    }

    private static Batch batch(List<NewRecord> records, short acks, @Nullable IdempotencyKey once) {
        var plain = records.stream().map(NewRecord::record).toList();
        return once == null
                ? new Batch(plain, acks)
                : new Batch(plain, acks, once.producerId(), once.baseSequence(records));
    }

    private static void fill(
            Outcome[] outcomes, int partition, Placed placed, Answer<Appended> appended, boolean once) {
        for (int i = 0; i < placed.records.size(); i++) {
            outcomes[placed.indexes.get(i)] = appended.isRefused()
                    ? new Outcome(partition, why(appended), -1)
                    : new Outcome(
                            partition,
                            Answer.of(appended.get().baseOffset() + i),
                            timestamp(placed.records, i, appended.get(), once));
        }
    }

    /**
     * A batch that was there already is answered with its largest timestamp, in the place where else stands that of a topic whose
     * records the broker stamps.
     */
    private static long timestamp(List<NewRecord> batch, int index, Appended appended, boolean once) {
        long told = appended.logAppendTimeMs();
        long own = batch.get(index).record().timestamp();
        if (told < 0) {
            return own;
        }
        if (!once || batch.stream().noneMatch(NewRecord::stamped)) {
            return told;
        }
        if (!batch.stream().allMatch(NewRecord::stamped)) {
            return -1;
        }
        long largest =
                batch.stream().mapToLong(one -> one.record().timestamp()).max().orElseThrow();
        return told == largest ? own : told;
    }

    private static Answer<Long> why(Answer<Appended> refused) {
        return refused.error() == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER
                ? Answer.refused(
                        refused.error(), "This Idempotency-Key was used before, for other records: take a new one")
                : refused.refusedToo();
    }
}
