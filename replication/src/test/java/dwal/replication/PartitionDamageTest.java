package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.LogSettings.SyncPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** What a replica does whose log is damaged. */
class PartitionDamageTest extends PartitionTestCase {
    @Test
    void aDamagedLogThatIsDroppedStaysInUseThoughItsFailureIsToldLater() throws IOException {
        Partition before = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(before);
        append(before, ALL, "a");
        append(before, ALL, "b");
        world.work();
        logs.close();
        flipABit();
        openStore();
        world.work(); // the index is there
        Partition partition = partition(SyncPolicy.COMMIT, 1, new Assignment(2, 6, 2, List.of(NODE, 2), List.of(2)));

        partition.begin();
        world.workLastFirst();

        assertThat(partition.log().logEndOffset()).as("dropped").isZero();
        assertThat(partition.checkLeader(6)).as("a follower").isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aDamagedLogIsNotDroppedWhileItsReplicaMayComeToLead() throws IOException {
        Partition before = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(before);
        append(before, ALL, "a");
        append(before, ALL, "b");
        world.work();
        logs.close();
        flipABit();
        openStore();
        List<Integer> both = List.of(NODE, 2);
        var eligible = new Assignment(2, 6, 2, both, List.of(2), List.of(NODE), List.of());
        Partition partition = partition(SyncPolicy.COMMIT, 1, eligible);

        partition.begin();
        world.work();
        assertThat(partition.log().isDamaged()).isTrue();
        assertThat(partition.checkLeader(6)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);

        partition.assign(new Assignment(2, 6, 3, both, List.of(2), List.of(), List.of(NODE)));
        world.work();
        assertThat(partition.log().isDamaged()).as("dropped").isFalse();
        assertThat(partition.checkLeader(6)).as("a follower").isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aLeaderThatReadsDamageLetsAnotherLeadAndFetchesItsLogAnew() throws IOException {
        var replicas = new TestReplicas();
        List<Integer> both = List.of(NODE, 2);
        Partition partition = partition(new Assignment(NODE, 5, 1, both, both), replicas);
        open(partition);
        readDamage(partition);

        assertThat(replicas.failed).containsExactly(ID);
        assertThat(partition.checkLeader(5)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        append(partition, ALL, "x");
        assertThat(outcomes.get(outcomes.size() - 1).message()).contains(" at position ");
        assertThat(partition.log().logEndOffset()).as("nothing is dropped yet").isEqualTo(100);

        partition.assign(new Assignment(2, 6, 2, both, List.of(2), List.of(), List.of(NODE)));
        world.work();
        assertThat(partition.log().logEndOffset()).as("dropped").isZero();
        assertThat(partition.checkLeader(6)).as("a follower").isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(replicas.failed).as("not repaired before its leader knows").containsExactly(ID);
    }

    @Test
    void theOnlyReplicaThatReadsDamageStaysOfflineAndKeepsWhatItHas() throws IOException {
        var replicas = new TestReplicas();
        Partition partition = partition(leader(5), replicas);
        open(partition);
        readDamage(partition);

        partition.assign(new Assignment(NODE, 6, 2, List.of(NODE), List.of(NODE)));
        world.work();
        assertThat(partition.checkLeader(6)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(partition.log().logEndOffset()).isEqualTo(100);
        assertThat(partition.log().sizeBytes()).isEqualTo(Files.size(segment()));
        assertThat(replicas.failed).as("nobody could take over").isEmpty();
    }

    /** Of a hundred batches one has a flipped bit in its header, which a reader meets. */
    private void readDamage(Partition partition) throws IOException {
        for (int i = 0; i < 100; i++) {
            append(partition, LEADER, "value");
        }
        world.work();
        int batch = (int) (partition.log().sizeBytes() / 100);
        try (var file = Disk.system().open(segment())) {
            file.write(ByteBuffer.allocate(4).putInt(0, -1), 20L * batch + 23);
        }
        FetchOutcome outcome = partition.reads().read(20, 5, -1, Isolation.LOG_END, 1_000, true);
        assertThat(outcome.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        world.work();
    }

    private Path segment() {
        return directory.resolve("topic-0").resolve("00000000000000000000.log");
    }

    /** In the first batch, and of an index that is lost, so that all is read. */
    private void flipABit() throws IOException {
        Path index = directory.resolve("index");
        try (Stream<Path> files = Files.list(index)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        byte[] bytes = Files.readAllBytes(segment());
        bytes[65] ^= 1;
        Files.write(segment(), bytes);
    }
}
