package dwal.server.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.replication.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * A client that writes to one partition: idempotent with acks=all, up to five batches under way, each sent until it is
 * acknowledged; or careless, with acks=1 and without asking what became of it, to make logs part.
 */
final class SimulatedProducer {
    private static final short ALL = -1;
    private static final short LEADER = 1;
    private static final int TIMEOUT_MS = 1_500;
    private static final int CARELESS_MS = 300;
    /** Of a partition's last batches of a producer as many are known to the broker. */
    private static final int MOST_UNDER_WAY = 5;

    /** A batch until it is acknowledged. */
    private static final class Batch {
        private final int sequence;
        private final List<String> values;
        private long attempt;
        private boolean acknowledged;

        Batch(int sequence, List<String> values) {
            this.sequence = sequence;
            this.values = values;
        }
    }

    private final SimulatedCluster cluster;
    private final Random random;
    private final Acknowledged acknowledged;
    private final int number;
    private final int partition;
    private final boolean careful;
    private final int mostUnderWay;
    private final int mostPauseMs;
    /** In the order of sequences; those at the head that were acknowledged are gone. */
    private final Deque<Batch> underWay = new ArrayDeque<>();

    private int sequence;
    /** Whether a leader knows the producer: one that does not takes any sequence, and here messages overtake each other. */
    private boolean isKnown;

    private boolean resting;
    private boolean stopping;

    SimulatedProducer(
            SimulatedCluster cluster,
            Random random,
            Acknowledged acknowledged,
            int number,
            int partition,
            boolean careful) {
        this.cluster = cluster;
        this.random = random;
        this.acknowledged = acknowledged;
        this.number = number;
        this.partition = partition;
        this.careful = careful;
        this.mostUnderWay = careful ? 1 + random.nextInt(MOST_UNDER_WAY) : 1;
        this.mostPauseMs = 2 + random.nextInt(careful ? 30 : 100);
    }

    /** Sends no more than what is under way. */
    void stop() {
        stopping = true;
    }

    /** Whether it has been stopped and all that it sent has been answered. */
    boolean isIdle() {
        return stopping && underWay.isEmpty();
    }

    /** Sends another batch, if it may, and goes on doing so. */
    void next() {
        if (resting || stopping || underWay.size() >= (isKnown ? mostUnderWay : 1)) {
            return;
        }
        List<String> values = new ArrayList<>();
        int count = 1 + random.nextInt(careful ? 6 : 3);
        for (int i = 0; i < count; i++) {
            values.add(number + "/" + (sequence + i) + "x".repeat(random.nextInt(20)));
        }
        var batch = new Batch(sequence, values);
        sequence += count;
        underWay.add(batch);
        send(batch);
        resting = true;
        cluster.time().after(random.nextInt(mostPauseMs), () -> {
            resting = false;
            next();
        });
    }

    private void send(Batch batch) {
        long attempt = ++batch.attempt;
        Integer leader = cluster.controller().leaderOf(SimulatedCluster.TOPIC, partition);
        int target = leader != null && random.nextInt(10) > 0
                ? leader
                : 1 + random.nextInt(cluster.options().nodes());
        ByteBuffer bytes = bytes(batch);
        cluster.network()
                .send(
                        SimulatedCluster.CLIENTS,
                        target,
                        () -> cluster.node(target)
                                .receive(partition, (hosted, node) -> append(hosted, node, bytes, batch, attempt)));
        cluster.time().after(careful ? TIMEOUT_MS + 500 : CARELESS_MS, () -> retry(batch, attempt));
    }

    private void append(Partition hosted, NodeRun node, ByteBuffer bytes, Batch batch, long attempt) {
        ByteBuffer copy =
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        hosted.append(
                MemoryRecords.readableRecords(copy),
                AppendOrigin.CLIENT,
                careful && !cluster.has(Bug.ACK_BEFORE_REPLICATION) ? ALL : LEADER,
                TIMEOUT_MS,
                outcome -> node.send(SimulatedCluster.CLIENTS, () -> take(outcome, batch, attempt)));
    }

    private ByteBuffer bytes(Batch batch) {
        SimpleRecord[] records = batch.values.stream()
                .map(value -> new SimpleRecord(cluster.time().nowMs(), value.getBytes(UTF_8)))
                .toArray(SimpleRecord[]::new);
        return (careful
                        ? MemoryRecords.withIdempotentRecords(
                                Compression.NONE, 1_000L + number, (short) 0, batch.sequence, records)
                        : MemoryRecords.withRecords(Compression.NONE, records))
                .buffer();
    }

    private void take(AppendOutcome outcome, Batch batch, long attempt) {
        if (attempt != batch.attempt || batch.acknowledged) {
            return;
        }
        if (outcome.error() != Errors.NONE) {
            // Whatever the error: the batch before may not be there yet, and a deposed leader may not know it.
            cluster.time().after(20 + random.nextInt(200), () -> retry(batch, attempt));
            return;
        }
        if (careful) {
            for (int i = 0; i < batch.values.size(); i++) {
                acknowledged.told(partition, outcome.baseOffset() + i, batch.values.get(i));
            }
        }
        finish(batch);
    }

    private void retry(Batch batch, long attempt) {
        if (attempt != batch.attempt || batch.acknowledged) {
            return;
        }
        if (careful) {
            send(batch);
        } else {
            finish(batch);
        }
    }

    private void finish(Batch batch) {
        isKnown = true;
        batch.acknowledged = true;
        while (!underWay.isEmpty() && underWay.element().acknowledged) {
            underWay.remove();
        }
        next();
    }
}
