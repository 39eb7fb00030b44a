package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A partition of one node over a real log, in a world whose time and threads are the test's; what its appends were answered. */
abstract class PartitionTestCase {
    static final int NODE = 1;
    static final short ALL = -1;
    static final short LEADER = 1;
    static final TopicIdPartition ID = new TopicIdPartition(new Uuid(1, 2), 0, "topic");

    @TempDir
    Path directory;

    final ManualWorld world = new ManualWorld();
    final List<AppendOutcome> outcomes = new ArrayList<>();
    final FaultyDisk disk = new FaultyDisk(Disk.system());
    LogStore logs;

    @BeforeEach
    void openStore() {
        logs = new LogStore(disk, directory, world, world, world, new Random(1), StoreSettings.defaults());
    }

    @AfterEach
    void closeStore() {
        logs.close();
    }

    Partition partition(Assignment assignment, TestReplicas replicas) {
        LogSettings settings = LogSettings.defaults(SyncPolicy.INTERVAL);
        return new Partition(
                ID,
                logs.log(ID, settings),
                assignment,
                new PartitionSettings(settings, 1),
                new Partition.Surroundings(NODE, world, world, world, replicas.replication(world, 30_000)));
    }

    Partition partition(SyncPolicy sync, int minInSync, Assignment assignment) {
        LogSettings settings = LogSettings.defaults(sync);
        return new Partition(
                ID,
                logs.log(ID, settings),
                assignment,
                new PartitionSettings(settings, minInSync),
                new Partition.Surroundings(NODE, world, world, world));
    }

    static Assignment leader(int epoch) {
        return new Assignment(NODE, epoch, 1, List.of(NODE), List.of(NODE));
    }

    /** Opens it, so that appends wait for nothing. */
    void open(Partition partition) {
        partition.whenOpen(() -> {});
        world.work();
        assertThat(partition.isOpen()).isTrue();
        partition.log().begin();
    }

    void append(Partition partition, short acks, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(world.wallMs(), values[i].getBytes(StandardCharsets.UTF_8));
        }
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, records).buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        partition.append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, acks, 1_000, outcomes::add);
    }

    static FetchOutcome read(Partition partition, long offset) {
        FetchOutcome outcome = partition.reads().read(offset, -1, -1, Isolation.READ_UNCOMMITTED, 1_000, true);
        outcome.release();
        return outcome;
    }
}
