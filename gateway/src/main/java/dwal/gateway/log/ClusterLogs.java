package dwal.gateway.log;

import dwal.environment.Clock;
import dwal.protocol.RequestTimes;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.image.TopicImage;

/**
 * The logs of the cluster, each wherever its leader is: what is asked of them is asked as a client of Kafka would. Reads end at the
 * high watermark, or at the last stable offset. Any thread; nothing blocks, and no returned future fails.
 */
public final class ClusterLogs implements AutoCloseable {
    /** Twice what one who reads on holds at a time, about: they leave the half to others. */
    private static final int BYTES_PER_TAIL = 128 * 1024;

    private final Clock clock;
    private final DoorSettings settings;
    private final QueuedBytes memory;
    private final int mostTails;
    private final AtomicInteger tails;
    private final Supplier<KafkaRequests> lines;
    /** Apart: on one connection, an append would wait for the reads before it. */
    private final KafkaRequests writes;

    private final KafkaRequests reads;
    private final LeaderSearch search;
    private final LeaderRequests requests;

    /**
     * The logs as {@code node} reaches them.
     *
     * @param memory counts what was read of them
     * @param pauses while a quota is used up
     */
    public ClusterLogs(Doors.Inside node, DoorSettings settings, QueuedBytes memory, Pauses.OfDoors pauses) {
        this.memory = memory;
        this.tails = new AtomicInteger();
        this.mostTails = (int) Math.max(1, Math.min(memory.limit() / BYTES_PER_TAIL, Integer.MAX_VALUE));
        this.clock = node.clock();
        this.settings = settings;
        this.lines = () -> new KafkaRequests(node);
        this.writes = lines.get();
        this.reads = lines.get();
        this.search = new LeaderSearch(node.metadata(), clock, settings);
        this.requests = new LeaderRequests(settings, memory, pauses);
    }

    private ClusterLogs(ClusterLogs all, Caller caller) {
        this.memory = all.memory;
        this.tails = all.tails;
        this.mostTails = all.mostTails;
        this.clock = all.clock;
        this.settings = all.settings;
        this.lines = () -> all.lines.get().as(caller);
        this.writes = all.writes.as(caller);
        this.reads = all.reads.as(caller);
        this.search = all.search;
        this.requests = all.requests;
    }

    /** The same logs as {@code caller} may read and write them. */
    public ClusterLogs as(Caller caller) {
        return reads.isGuarded() ? new ClusterLogs(this, caller) : this;
    }

    /** How many partitions {@code topic} has. */
    public CompletableFuture<Answer<Integer>> partitionCount(String topic) {
        return partitionCount(topic, LeaderSearch.NEVER, () -> {});
    }

    /**
     * The same of one that is to be written to: if there is none, it is created if the settings allow, as long as somebody waits.
     *
     * @param times where that is noted
     */
    CompletableFuture<Answer<Integer>> partitionCountToWrite(String topic, RequestTimes times, Patience patience) {
        return partitionCount(topic, () -> !patience.isOver(), () -> times.topicCreated(clock.nanoTime()));
    }

    private CompletableFuture<Answer<Integer>> partitionCount(
            String topic, BooleanSupplier creates, Runnable onCreated) {
        Answer<Integer> unseen = LeaderSearch.whyNotSeen(writes, topic);
        if (unseen != null) {
            return CompletableFuture.completedFuture(unseen);
        }
        TopicImage there = search.topic(topic);
        if (there != null) {
            return CompletableFuture.completedFuture(
                    Answer.of(there.partitions().size()));
        }
        return search.persistently(writes, new TopicPartition(topic, 0), creates, false, place -> {
            onCreated.run();
            return CompletableFuture.completedFuture(knownPartitionCount(topic));
        });
    }

    private Answer<Integer> knownPartitionCount(String topic) {
        TopicImage there = search.topic(topic);
        return there == null
                ? Answer.refused(Errors.UNKNOWN_TOPIC_OR_PARTITION, null)
                : Answer.of(there.partitions().size());
    }

    /**
     * Appends {@code batch} to {@code partition}.
     *
     * @param times where it is noted how that went, if this node leads
     */
    public CompletableFuture<Answer<Appended>> append(
            TopicPartition partition, Batch batch, RequestTimes times, Patience patience) {
        return append(partition, batch, times, LeaderSearch.NEVER, patience);
    }

    CompletableFuture<Answer<Appended>> append(
            TopicPartition partition, Batch batch, RequestTimes times, BooleanSupplier creates, Patience patience) {
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs());
        CompletableFuture<Answer<Appended>> appended = tryAppend(partition, batch, times, creates);
        return patience.forQuota()
                ? appended.thenCompose(answer -> later(answer, partition, batch, times, deadline))
                : appended;
    }

    private CompletableFuture<Answer<Appended>> later(
            Answer<Appended> answer, TopicPartition partition, Batch batch, RequestTimes times, long deadline) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - clock.nanoTime());
        if (answer.retryMs() == 0 || answer.retryMs() > leftMs) {
            return CompletableFuture.completedFuture(answer);
        }
        return writes.pause(answer.retryMs())
                .thenCompose(over -> tryAppend(partition, batch, times, LeaderSearch.NEVER))
                .thenCompose(again -> later(again, partition, batch, times, deadline));
    }

    private CompletableFuture<Answer<Appended>> tryAppend(
            TopicPartition partition, Batch batch, RequestTimes times, BooleanSupplier creates) {
        boolean isNew = creates != LeaderSearch.NEVER && search.topic(partition.topic()) == null;
        return search.persistently(writes, partition, creates, batch.isIdempotent(), place -> {
            if (isNew) {
                times.topicCreated(clock.nanoTime());
            }
            return requests.produce(writes, place, batch, times);
        });
    }

    /**
     * Reads at least one batch from {@code offset} on, up to about {@code maxBytes}, without waiting for one.
     *
     * @return without records at the end of the log; {@code OFFSET_OUT_OF_RANGE} before its start, and beyond its end
     */
    public CompletableFuture<Answer<Fetched>> read(
            TopicPartition partition, long offset, IsolationLevel isolation, int maxBytes) {
        return read(reads, partition, offset, isolation, 0, maxBytes, LeaderSearch.NEVER);
    }

    /** The offset that {@code from} means now. An offset is taken as it is. */
    public CompletableFuture<Answer<Long>> offset(TopicPartition partition, ReadFrom from, IsolationLevel isolation) {
        if (from instanceof ReadFrom.Offset at) {
            return CompletableFuture.completedFuture(Answer.of(at.offset()));
        }
        if (from instanceof ReadFrom.Timestamp at) {
            return listOffset(reads, partition, at.ms(), isolation)
                    .thenCompose(found -> found.isRefused() || found.get() >= 0
                            ? CompletableFuture.completedFuture(found)
                            : end(partition, isolation));
        }
        long count = ((ReadFrom.Last) from).count();
        return end(partition, isolation)
                .thenCompose(end -> end.isRefused() || count == 0
                        ? CompletableFuture.completedFuture(end)
                        : listOffset(reads, partition, ListOffsetsRequest.EARLIEST_TIMESTAMP, isolation)
                                .thenApply(start -> start.isRefused()
                                        ? start
                                        : Answer.of(Math.max(start.get(), end.get() - count))));
    }

    private CompletableFuture<Answer<Long>> end(TopicPartition partition, IsolationLevel isolation) {
        return listOffset(reads, partition, ListOffsetsRequest.LATEST_TIMESTAMP, isolation);
    }

    /** Reads on from some offset of {@code partition}; to be closed. A refusal if as many read on as may. */
    public Answer<LogTail> tail(TopicPartition partition, IsolationLevel isolation) {
        return tail(partition, isolation, false);
    }

    Answer<LogTail> tail(TopicPartition partition, IsolationLevel isolation, boolean mayCreate) {
        if (tails.incrementAndGet() > mostTails) {
            tails.decrementAndGet();
            return Answer.refused(
                    Errors.THROTTLING_QUOTA_EXCEEDED,
                    mostTails + " clients read on, or wait for records, already, as many as"
                            + " dwal.gateway.queued.max.bytes=" + memory.limit() + " has room for: try again later");
        }
        return Answer.of(new LogTail(this, lines.get(), partition, isolation, mayCreate, tails::decrementAndGet));
    }

    /** How many read on, or wait. */
    public int tails() {
        return tails.get();
    }

    CompletableFuture<Answer<Fetched>> read(
            KafkaRequests line,
            TopicPartition partition,
            long offset,
            IsolationLevel isolation,
            int waitMs,
            int maxBytes,
            BooleanSupplier creates) {
        return search.persistently(
                line,
                partition,
                creates,
                true,
                place -> requests.fetch(line, place, offset, isolation, waitMs, maxBytes));
    }

    /** The offset of {@code timestamp}, which may be one of Kafka's special ones; -1 where there is none. */
    CompletableFuture<Answer<Long>> listOffset(
            KafkaRequests line, TopicPartition partition, long timestamp, IsolationLevel isolation) {
        return search.persistently(
                line,
                partition,
                LeaderSearch.NEVER,
                true,
                place -> requests.listOffset(line, place, timestamp, isolation));
    }

    @Override
    public void close() {
        writes.close();
        reads.close();
    }
}
