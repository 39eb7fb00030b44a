package dwal.server.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.replication.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * A client that writes to one partition: idempotent with acks=all, a batch at a time, each until it is acknowledged; or
 * careless, with acks=1 and without asking what became of it, to make logs part.
 */
final class SimulatedProducer {
    private static final short ALL = -1;
    private static final short LEADER = 1;
    private static final int TIMEOUT_MS = 1_500;

    private final SimulatedCluster cluster;
    private final Random random;
    private final Acknowledged acknowledged;
    private final int number;
    private final int partition;
    private final boolean careful;
    private int sequence;
    private List<String> values = new ArrayList<>();
    private long attempt;
    private boolean stopping;
    private boolean idle;

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
    }

    /** Ends with the batch that is under way. */
    void stop() {
        stopping = true;
    }

    /** Whether it has ended. */
    boolean isIdle() {
        return idle;
    }

    void next() {
        if (stopping) {
            idle = true;
            return;
        }
        values = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            values.add(number + "/" + (sequence + i) + "x".repeat(random.nextInt(20)));
        }
        send();
    }

    private void send() {
        long mine = ++attempt;
        Integer leader = cluster.controller().leaderOf(SimulatedCluster.TOPIC, partition);
        int target = leader != null && random.nextInt(10) > 0
                ? leader
                : 1 + random.nextInt(cluster.options().nodes());
        ByteBuffer bytes = bytes();
        boolean early = cluster.has(Bug.ACK_BEFORE_REPLICATION);
        cluster.network()
                .send(
                        SimulatedCluster.CLIENTS,
                        target,
                        () -> cluster.node(target)
                                .receive(hosted -> append(hosted, bytes, early, target, mine), partition));
        cluster.time().after(careful ? TIMEOUT_MS + 500 : 300, () -> retry(mine));
    }

    private void append(Partition hosted, ByteBuffer bytes, boolean early, int target, long mine) {
        ByteBuffer copy =
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        hosted.append(
                MemoryRecords.readableRecords(copy),
                AppendOrigin.CLIENT,
                careful && !early ? ALL : LEADER,
                TIMEOUT_MS,
                outcome -> cluster.network().send(target, SimulatedCluster.CLIENTS, () -> take(outcome, mine)));
    }

    private ByteBuffer bytes() {
        SimpleRecord[] records = values.stream()
                .map(value -> new SimpleRecord(cluster.time().nowMs(), value.getBytes(UTF_8)))
                .toArray(SimpleRecord[]::new);
        return (careful
                        ? MemoryRecords.withIdempotentRecords(
                                Compression.NONE, 1_000L + number, (short) 0, sequence, records)
                        : MemoryRecords.withRecords(Compression.NONE, records))
                .buffer();
    }

    private void take(AppendOutcome outcome, long mine) {
        if (mine != attempt) {
            return;
        }
        if (outcome.error() != Errors.NONE) {
            // Whatever the error: a deposed leader that does not know it yet may say that sequences are out of order.
            cluster.time().after(20 + random.nextInt(200), () -> retry(mine));
            return;
        }
        attempt++;
        if (careful) {
            for (int i = 0; i < values.size(); i++) {
                acknowledged.told(partition, outcome.baseOffset() + i, values.get(i));
            }
        }
        sequence += values.size();
        cluster.time().after(random.nextInt(40), this::next);
    }

    private void retry(long mine) {
        if (mine != attempt) {
            return;
        }
        if (careful) {
            send();
        } else {
            attempt++;
            sequence += values.size();
            next();
        }
    }
}
