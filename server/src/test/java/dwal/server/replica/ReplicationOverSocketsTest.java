package dwal.server.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.replication.Partition;
import dwal.replication.ReplicationSettings;
import dwal.server.simulation.Contents;
import dwal.server.simulation.ModelController;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.metadata.Replicas;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three nodes in this process that replicate over TCP on the loopback address. */
class ReplicationOverSocketsTest {
    private static final Uuid TOPIC = new Uuid(7, 1);
    private static final short ALL = -1;
    private static final ReplicationSettings QUICK =
            new ReplicationSettings(2_000, 1 << 20, 10 << 20, 1, 500, 50, 5_000, 1);

    @TempDir
    Path data;

    private final Map<Integer, SocketNode> nodes = new TreeMap<>();
    private final ModelController controller = new ModelController(
            2, Set.of(), step -> List.copyOf(this.nodes.values()).forEach(n -> n.follow(step)));

    @AfterEach
    void stop() throws InterruptedException {
        for (SocketNode node : nodes.values()) {
            node.close();
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void aRecordIsAcknowledgedWhenAllHaveItAndSurvivesItsLeader(SyncPolicy sync) throws Exception {
        startThree(sync);
        synchronized (controller) {
            controller.createTopic("topic", TOPIC, 3, List.of(1, 2, 3));
        }
        for (int i = 0; i < 50; i++) {
            for (int partition = 0; partition < 3; partition++) {
                assertThat(append(partition, "value" + i).baseOffset()).isEqualTo(i);
            }
        }
        int first = leaderOf(0);
        nodes.remove(first).close();
        synchronized (controller) {
            controller.fence(first);
        }
        for (int i = 50; i < 100; i++) {
            assertThat(append(0, "value" + i).baseOffset()).isEqualTo(i);
        }
        start(first, sync);
        await(() -> isrOf(0).size() == 3 && isrOf(1).size() == 3 && isrOf(2).size() == 3, "all in sync again");
        append(0, "last");
        for (int partition = 0; partition < 3; partition++) {
            List<String> expected = contents(leaderOf(partition), partition);
            int index = partition;
            for (SocketNode node : nodes.values()) {
                await(() -> contents(node.id(), index).equals(expected), "equal logs of partition " + index);
            }
        }
        assertThat(contents(1, 0)).hasSize(101);
    }

    @Test
    void aFollowerThatWasCutOffLeavesAndComesBack() throws Exception {
        startThree(SyncPolicy.INTERVAL);
        synchronized (controller) {
            controller.createTopic("topic", TOPIC, 1, List.of(1, 2, 3));
        }
        append(0, "a");
        nodes.remove(3).close();
        CompletableFuture<AppendOutcome> late = send(0, "b");
        assertThat(late.get(20, TimeUnit.SECONDS).error())
                .as("answered when the one that lags has left")
                .isEqualTo(Errors.NONE);
        assertThat(isrOf(0)).containsExactlyInAnyOrder(1, 2);
        start(3, SyncPolicy.INTERVAL);
        await(() -> isrOf(0).size() == 3, "it is in sync again");
    }

    private void startThree(SyncPolicy sync) {
        for (int id = 1; id <= 3; id++) {
            start(id, sync);
        }
    }

    private void start(int id, SyncPolicy sync) {
        var node = new SocketNode(id, data.resolve("node" + id), controller, LogSettings.defaults(sync), 2, QUICK);
        node.start(-1, () -> nodes.put(id, node));
    }

    private int leaderOf(int partition) {
        synchronized (controller) {
            Integer leader = controller.leaderOf(TOPIC, partition);
            return leader == null ? -1 : leader;
        }
    }

    private List<Integer> isrOf(int partition) {
        synchronized (controller) {
            return Replicas.toList(controller.image().topics().getPartition(TOPIC, partition).isr);
        }
    }

    private AppendOutcome append(int partition, String value) throws Exception {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        AppendOutcome outcome = null;
        while (System.nanoTime() < giveUp) {
            outcome = send(partition, value).get(20, TimeUnit.SECONDS);
            if (outcome.error() == Errors.NONE) {
                return outcome;
            }
            assertThat(outcome.error()).isIn(Errors.NOT_LEADER_OR_FOLLOWER, Errors.NOT_ENOUGH_REPLICAS);
        }
        throw new AssertionError("never appended: " + outcome);
    }

    private CompletableFuture<AppendOutcome> send(int partition, String value) {
        var done = new CompletableFuture<AppendOutcome>();
        SocketNode leader = nodes.get(leaderOf(partition));
        Partition hosted = leader == null ? null : leader.partitions().find(TOPIC, partition);
        if (hosted == null) {
            done.complete(AppendOutcome.refused(Errors.NOT_LEADER_OR_FOLLOWER, "not there"));
            return done;
        }
        ByteBuffer bytes = MemoryRecords.withRecords(
                        Compression.NONE, new SimpleRecord(System.currentTimeMillis(), value.getBytes(UTF_8)))
                .buffer();
        hosted.append(MemoryRecords.readableRecords(bytes), AppendOrigin.CLIENT, ALL, 15_000, done::complete);
        return done;
    }

    private List<String> contents(int node, int index) {
        Partition partition = nodes.get(node).partitions().find(TOPIC, index);
        var log = partition.log();
        List<String> found = new ArrayList<>();
        Contents.each(
                log,
                log.logStartOffset(),
                log.highWatermark(),
                (record, batch) -> found.add(
                        record.offset() + "@" + batch.partitionLeaderEpoch() + ":" + UTF_8.decode(record.value())));
        return found;
    }

    private static void await(BooleanSupplier condition, String what) throws InterruptedException {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(giveUp);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
