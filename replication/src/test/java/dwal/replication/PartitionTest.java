package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.EpochEnd;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionTest {
    private static final int NODE = 1;
    private static final short ALL = -1;
    private static final short LEADER = 1;
    private static final TopicIdPartition ID = new TopicIdPartition(new Uuid(1, 2), 0, "topic");

    @TempDir
    private Path directory;

    private final ManualWorld world = new ManualWorld();
    private final List<AppendOutcome> outcomes = new ArrayList<>();
    private LogStore logs;

    @BeforeEach
    void openStore() {
        logs = new LogStore(Disk.system(), directory, world, world, world, new Random(1), StoreSettings.defaults());
    }

    @AfterEach
    void closeStore() {
        logs.close();
    }

    @Test
    void answersAcksAllOnlyWhenTheRecordsAreSynced() {
        Partition partition = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(partition);

        append(partition, ALL, "a");
        assertThat(outcomes).as("written, not synced").isEmpty();
        assertThat(partition.log().highWatermark()).isZero();

        world.work();
        assertThat(outcomes).singleElement().satisfies(outcome -> {
            assertThat(outcome.error()).isEqualTo(Errors.NONE);
            assertThat(outcome.baseOffset()).isZero();
        });
        assertThat(partition.log().highWatermark()).isEqualTo(1);
    }

    @Test
    void answersAcksAllAtOnceWhenThePageCacheIsEnough() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);

        append(partition, ALL, "a");

        assertThat(outcomes).hasSize(1);
        assertThat(partition.log().highWatermark()).isEqualTo(1);
    }

    @Test
    void answersAcksOneBeforeTheSyncAndDoesNotShowTheRecordsYet() {
        Partition partition = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(partition);

        append(partition, LEADER, "a");

        assertThat(outcomes).hasSize(1);
        assertThat(read(partition, 0).sizeInBytes()).isZero();
        world.work();
        assertThat(read(partition, 0).sizeInBytes()).isPositive();
    }

    @Test
    void keepsTheOrderOfAppendsThatWaitForTheLogToOpen() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));

        append(partition, ALL, "first");
        append(partition, ALL, "second", "third");
        assertThat(outcomes).isEmpty();

        world.work();
        assertThat(outcomes).extracting(AppendOutcome::baseOffset).containsExactly(0L, 1L);
    }

    @Test
    void isNotOpenForReadersBeforeItHasItsRole() {
        List<Partition> made = new ArrayList<>();
        List<Boolean> open = new ArrayList<>();
        // A leader that is being made asks what time it is.
        Clock clock = new Clock() {
            @Override
            public long nanoTime() {
                made.forEach(partition -> open.add(partition.isOpen()));
                return world.nanoTime();
            }

            @Override
            public long wallMs() {
                return world.wallMs();
            }
        };
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        var around = new Partition.Surroundings(NODE, clock, world, world);
        var partition = new Partition(ID, logs.log(ID, settings.log()), leader(5), settings, around);
        made.add(partition);
        partition.whenOpen(() -> open.add(partition.isOpen()));
        world.work();

        assertThat(open).hasSizeGreaterThan(1).startsWith(false).endsWith(true);
        assertThat(read(partition, 0).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void refusesAcksAllWithTooFewInSyncReplicas() {
        var alone = new Assignment(NODE, 5, 1, List.of(NODE, 2, 3), List.of(NODE));
        Partition partition = partition(SyncPolicy.INTERVAL, 2, alone);
        open(partition);

        append(partition, ALL, "a");
        append(partition, LEADER, "b");

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_ENOUGH_REPLICAS, Errors.NONE);
        assertThat(partition.log().logEndOffset())
                .as("nothing of the refused append")
                .isEqualTo(1);
    }

    @Test
    void neverAsksForMoreInSyncReplicasThanThereAreReplicas() {
        Partition partition = partition(SyncPolicy.INTERVAL, 2, leader(5));
        open(partition);

        append(partition, ALL, "a");

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void timesOutAnAppendThatIsNotSyncedAndLeavesNoTimerBehind() {
        Partition partition = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(partition);

        append(partition, ALL, "a");
        world.pass(999);
        assertThat(outcomes).isEmpty();
        world.pass(1);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
        world.work();
        assertThat(outcomes).as("answered once").hasSize(1);
    }

    @Test
    void refusesThoseWhoAskAnotherLeaderEpoch() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);

        assertThat(partition.checkLeader(-1)).isEqualTo(Errors.NONE);
        assertThat(partition.checkLeader(5)).isEqualTo(Errors.NONE);
        assertThat(partition.checkLeader(4)).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(partition.checkLeader(6)).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    }

    @Test
    void failsWaitingAppendsWhenItNoLongerLeads() {
        Partition partition = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(partition);
        append(partition, ALL, "a");

        partition.assign(new Assignment(2, 6, 2, List.of(NODE, 2), List.of(2)));
        append(partition, LEADER, "b");

        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.NOT_LEADER_OR_FOLLOWER, Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(read(partition, 0).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void neverLeadsAgainAfterItsTopicWasDeleted() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);

        partition.delete();
        partition.assign(leader(6));

        assertThat(partition.isGone()).isTrue();
        append(partition, ALL, "a");
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    /** A storage error would make brokers and clients think of a broken disk. */
    @Test
    void saysThatItWasMovedAwayAlsoWhenItsLogIsBeingDeleted() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);

        partition.abandon();
        logs.delete(ID);
        world.work();

        assertThat(partition.isGone()).isTrue();
        assertThat(read(partition, 0).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        append(partition, ALL, "a");
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void saysThatItsTopicWasDeletedAlsoWhenItsLogIsGone() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a");

        partition.delete();
        logs.delete(ID);
        world.work();

        assertThat(partition.isGone()).isTrue();
        assertThat(partition.checkLeader(-1)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void takesNoRoleWhenItWasMovedAwayWhileItsLogWasBeingOpened() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        partition.whenOpen(() -> {});

        partition.abandon();
        world.work();

        assertThat(partition.isGone()).isTrue();
        assertThat(partition.checkLeader(-1)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void tellsWatchersWhenTheHighWatermarkMovesAndNotWhenItDoesNot() {
        Partition partition = partition(SyncPolicy.COMMIT, 1, leader(5));
        open(partition);
        var told = new AtomicInteger();
        Partition.Watcher watcher = told::incrementAndGet;
        partition.watch(watcher);

        append(partition, LEADER, "a");
        assertThat(told).as("not synced: nothing to read").hasValue(0);
        world.work();
        assertThat(told).hasValue(1);

        partition.unwatch(watcher);
        append(partition, LEADER, "b");
        world.work();
        assertThat(told).hasValue(1);
    }

    @Test
    void tellsAReaderWhoseLastEpochIsUnknownWhereTheLogsPart() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a", "b");

        FetchOutcome same = partition.reads().read(2, 5, 5, Isolation.READ_UNCOMMITTED, 1_000, true);
        FetchOutcome other = partition.reads().read(3, 5, 5, Isolation.READ_UNCOMMITTED, 1_000, true);

        assertThat(same.diverging()).isNull();
        assertThat(other.diverging()).isEqualTo(new FetchOutcome.Diverging(5, 2));
    }

    @Test
    void knowsTheLeadersEpochBeforeItsFirstRecord() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);

        assertThat(partition.log().epochOf(0)).hasValue(5);
        assertThat(partition.log().endOffsetFor(5)).isEqualTo(new EpochEnd(5, 0));
    }

    @Test
    void deletesRecordsUpToTheHighWatermarkAndNotBeyond() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a", "b", "c");
        outcomes.clear();

        partition.deleteRecordsBefore(4, 1_000, outcomes::add);
        partition.deleteRecordsBefore(2, 1_000, outcomes::add);
        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);
        assertThat(partition.log().logStartOffset())
                .as("not before a kill would spare it")
                .isZero();
        world.work();

        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.OFFSET_OUT_OF_RANGE, Errors.NONE, Errors.NONE);
        assertThat(partition.log().logStartOffset()).isEqualTo(3);
        assertThat(read(partition, 0).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

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

    /** As with Apache Kafka, whose delayed produce requests know nothing of epochs. */
    @Test
    void appendsWaitOnWhenTheirLeaderGoesOnInAnotherEpoch() {
        var replicas = new TestReplicas();
        List<Integer> both = List.of(NODE, 2);
        Partition partition = partition(new Assignment(NODE, 5, 1, both, both), replicas);
        open(partition);
        append(partition, ALL, "a");
        partition.assign(new Assignment(NODE, 6, 2, both, both));
        append(partition, ALL, "b");
        assertThat(outcomes).isEmpty();

        partition.followerFetches(replicas.fetch(2, 1, 5));
        assertThat(outcomes).as("a fetch of the epoch before").isEmpty();
        partition.followerFetches(fetchIn(6, 1, 5));
        assertThat(outcomes).extracting(AppendOutcome::baseOffset).containsExactly(0L);
        partition.followerFetches(fetchIn(6, 2, 6));
        assertThat(outcomes).extracting(AppendOutcome::baseOffset).containsExactly(0L, 1L);
        assertThat(outcomes).extracting(AppendOutcome::error).containsOnly(Errors.NONE);
        world.pass(2_000);
        assertThat(outcomes).hasSize(2);
    }

    @Test
    void appendsThatWaitOnInAnotherEpochTimeOutWhenTheyWouldHave() {
        var replicas = new TestReplicas();
        List<Integer> both = List.of(NODE, 2);
        Partition partition = partition(new Assignment(NODE, 5, 1, both, both), replicas);
        open(partition);
        append(partition, ALL, "a");
        world.pass(600);
        partition.assign(new Assignment(NODE, 6, 2, both, both));
        world.pass(399);
        assertThat(outcomes).isEmpty();
        world.pass(2);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void appendsThatWaitFailWhenAnotherLeadsThoughItBeOnlyForAMoment() {
        var replicas = new TestReplicas();
        List<Integer> both = List.of(NODE, 2);
        Partition partition = partition(new Assignment(NODE, 5, 1, both, both), replicas);
        open(partition);
        append(partition, ALL, "a");
        partition.assign(new Assignment(NODE, 6, 2, both, both));
        partition.assign(new Assignment(2, 7, 3, both, both));
        partition.assign(new Assignment(NODE, 8, 4, both, both));
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    /** As with Apache Kafka; also one that was still being written down here when the epoch changed. */
    @Test
    void deletionsWaitOnWhenTheirLeaderGoesOnInAnotherEpoch() {
        var replicas = new TestReplicas();
        List<Integer> both = List.of(NODE, 2);
        Partition partition = partition(new Assignment(NODE, 5, 1, both, both), replicas);
        open(partition);
        append(partition, ALL, "a", "b");
        partition.followerFetches(replicas.fetch(2, 2, 5));
        outcomes.clear();
        partition.deleteRecordsBefore(1, 1_000, outcomes::add);
        world.work();
        partition.deleteRecordsBefore(2, 1_000, outcomes::add);
        partition.assign(new Assignment(NODE, 6, 2, both, both));
        world.work();
        assertThat(outcomes).as("node 2 has not followed").isEmpty();

        partition.followerFetches(fetchIn(6, 2, 5, 1));
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
        partition.assign(new Assignment(NODE, 7, 3, both, List.of(NODE)));
        world.pass(1_000);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE, Errors.REQUEST_TIMED_OUT);
    }

    private static ReplicaFetch fetchIn(int epoch, long offset, int lastEpoch, long logStart) {
        return new ReplicaFetch(2, 12, offset, epoch, lastEpoch, logStart, false, ReplicaFetch.Source.ENDED);
    }

    private static ReplicaFetch fetchIn(int epoch, long offset, int lastEpoch) {
        return new ReplicaFetch(2, 12, offset, epoch, lastEpoch, 0, false, ReplicaFetch.Source.ENDED);
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

    private Partition partition(Assignment assignment, TestReplicas replicas) {
        LogSettings settings = LogSettings.defaults(SyncPolicy.INTERVAL);
        return new Partition(
                ID,
                logs.log(ID, settings),
                assignment,
                new PartitionSettings(settings, 1),
                new Partition.Surroundings(NODE, world, world, world, replicas.replication(world, 30_000)));
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

    private Partition partition(SyncPolicy sync, int minInSync, Assignment assignment) {
        LogSettings settings = LogSettings.defaults(sync);
        return new Partition(
                ID,
                logs.log(ID, settings),
                assignment,
                new PartitionSettings(settings, minInSync),
                new Partition.Surroundings(NODE, world, world, world));
    }

    private static Assignment leader(int epoch) {
        return new Assignment(NODE, epoch, 1, List.of(NODE), List.of(NODE));
    }

    private void open(Partition partition) {
        partition.whenOpen(() -> {});
        world.work();
        assertThat(partition.isOpen()).isTrue();
    }

    private void append(Partition partition, short acks, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(world.wallMs(), values[i].getBytes(StandardCharsets.UTF_8));
        }
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, records).buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        partition.append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, acks, 1_000, outcomes::add);
    }

    private static FetchOutcome read(Partition partition, long offset) {
        FetchOutcome outcome = partition.reads().read(offset, -1, -1, Isolation.READ_UNCOMMITTED, 1_000, true);
        outcome.release();
        return outcome;
    }
}
