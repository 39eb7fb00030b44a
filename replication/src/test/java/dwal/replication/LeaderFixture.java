package dwal.replication;

import static dwal.replication.TestReplicas.ID;
import static dwal.replication.TestReplicas.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.Strand;
import dwal.log.AppendOutcome;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A leader of partition {@link TestReplicas#ID} on a store of its own, with followers that a test plays. One thread. */
abstract class LeaderFixture {
    static final short ALL = -1;
    static final int EPOCH = 5;
    static final long LAG_MS = 10_000;

    @TempDir
    Path directory;

    final ManualWorld world = new ManualWorld();
    final TestReplicas cluster = new TestReplicas();
    final List<AppendOutcome> outcomes = new ArrayList<>();
    final Strand strand = new Strand(failure -> {
        throw new AssertionError("on the strand", failure);
    });
    int partitionEpoch = 1;
    private LogStore logs;
    PartitionLog log;
    Leader leader;

    @BeforeEach
    void openStore() {
        logs = new LogStore(Disk.system(), directory, world, world, world, new Random(1), StoreSettings.defaults());
        log = logs.log(ID, TestReplicas.INTERVAL);
        world.work();
        assertThat(log.open()).isEqualTo(Errors.NONE);
    }

    @AfterEach
    void closeStore() {
        logs.close();
    }

    void lead(int minInSync, List<Integer> inSync) {
        var around = new Partition.Surroundings(NODE, world, world, world, cluster.replication(world, LAG_MS));
        var post = new Leader.Post(ID, around, strand::run, () -> {}, () -> {});
        leader = new Leader(new Assignment(NODE, EPOCH, 1, List.of(1, 2, 3), inSync), log, minInSync, post);
        log.beginEpoch(EPOCH);
        strand.run(leader::begin);
    }

    void update(List<Integer> replicas, List<Integer> inSync) {
        strand.run(() -> leader.update(new Assignment(NODE, EPOCH, partitionEpoch, replicas, inSync)));
    }

    void append(String... values) {
        append(ALL, 100_000, values);
    }

    void append(short acks, int timeoutMs, String... values) {
        strand.run(() -> {
            AppendOutcome outcome = leader.append(TestReplicas.submission(values), acks, timeoutMs, outcomes::add);
            if (outcome != null) {
                outcomes.add(outcome);
            }
        });
    }

    void fetch(int replica, long offset) {
        strand.run(() -> leader.followerFetches(cluster.fetch(replica, offset, EPOCH)));
    }
}
