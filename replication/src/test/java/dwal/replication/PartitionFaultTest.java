package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of those who ask a partition when something in it throws that nobody expects. */
class PartitionFaultTest extends PartitionTestCase {
    private static final Assignment OF_THREE = new Assignment(NODE, 5, 1, List.of(NODE, 2, 3), List.of(NODE, 2, 3));

    @AfterEach
    void mend() {
        disk.setFaultyBelow(null);
    }

    @Test
    void whoAppendsIsAnsweredWithAStorageErrorAndSoAreConsumers() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a");
        outcomes.clear();

        disk.setFaultyBelow(directory.resolve("topic-0"));
        append(partition, ALL, "b");
        disk.setFaultyBelow(null);
        append(partition, LEADER, "c");

        assertThat(outcomes).hasSize(2).allSatisfy(PartitionFaultTest::isStopped);
        assertThat(read(partition, 0).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(partition.checkLeader(-1)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(partition.figures().role()).isEqualTo(PartitionFigures.Role.FAILED);
        assertThat(partition.log().logEndOffset()).isEqualTo(1);
    }

    @Test
    void theControllerIsToldOfALeaderThatStopsAndItTakesNoRoleAgain() {
        var cluster = new TestReplicas();
        Partition partition = partition(OF_THREE, cluster);
        open(partition);
        var told = new AtomicInteger();
        partition.watch(told::incrementAndGet);

        stop(partition);
        assertThat(cluster.failed).containsExactly(ID);
        assertThat(told).as("consumers that wait").hasPositiveValue();

        partition.assign(leader(6));
        append(partition, LEADER, "a");
        assertThat(outcomes).satisfiesExactly(PartitionFaultTest::isStopped);
    }

    @Test
    void thoseWhoWaitForFollowersAreAnsweredOnce() {
        var cluster = new TestReplicas();
        Partition partition = partition(OF_THREE, cluster);
        open(partition);
        append(partition, ALL, "a");
        append(partition, ALL, "b");
        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);
        world.work();
        assertThat(outcomes).isEmpty();

        stop(partition);

        assertThat(outcomes)
                .hasSize(3)
                .allSatisfy(outcome -> assertThat(outcome.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR));
        world.pass(60_000);
        assertThat(outcomes).hasSize(3);
        assertThat(world.timers()).isZero();
    }

    @Test
    void anAppendIsAnsweredOnceIfAWatcherThrowsAndSoAreThoseBeforeIt() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        partition.watch(() -> {
            throw new IllegalStateException("a watcher that throws, whenever it is told");
        });

        append(partition, ALL, "a");
        append(partition, ALL, "b");

        assertThat(outcomes).hasSize(2).allSatisfy(PartitionFaultTest::isStopped);
    }

    @Test
    void thoseWhoWaitForALogWhoseOpeningThrowsAreAnswered() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        var opened = new AtomicInteger();
        disk.setFaultyBelow(directory.resolve("topic-0"));

        append(partition, ALL, "a");
        partition.whenOpen(opened::incrementAndGet);
        partition.deleteRecordsBefore(0, 1_000, outcomes::add);
        world.work();
        append(partition, ALL, "b");

        assertThat(outcomes).hasSize(3).allSatisfy(PartitionFaultTest::isStopped);
        assertThat(opened).hasValue(1);
        assertThat(partition.isOpen()).as("readers are told, too").isTrue();
        assertThat(read(partition, 0).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void thoseWhoWaitForALogWhoseBeginningThrowsAreAnswered() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        partition.whenOpen(() -> {});
        world.work();

        append(partition, ALL, "a");
        append(partition, ALL, "b");
        disk.setFaultyBelow(directory.resolve("topic-0"));
        world.work();

        assertThat(outcomes).hasSize(2).allSatisfy(PartitionFaultTest::isStopped);
    }

    @Test
    void oneThatThrowsKeepsNobodyElseFromWhatTheyWaitFor() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        var opened = new AtomicInteger();

        partition.whenOpen(() -> {
            throw new IllegalStateException("one that waits, and throws");
        });
        partition.whenOpen(opened::incrementAndGet);
        append(partition, ALL, "a");
        world.work();

        assertThat(opened).hasValue(1);
        assertThat(outcomes).satisfiesExactly(PartitionFaultTest::isStopped);
    }

    @Test
    void whoWantsRecordsDeletedIsAnsweredIfThatThrows() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a");
        outcomes.clear();

        // The segment that all lies in goes, and a new one is made.
        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);
        disk.setFaultyBelow(directory.resolve("topic-0"));
        world.work();
        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);

        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.KAFKA_STORAGE_ERROR, Errors.KAFKA_STORAGE_ERROR);
        assertThat(outcomes.get(1)).satisfies(PartitionFaultTest::isStopped);
    }

    @Test
    void whoWantsRecordsDeletedIsAnsweredIfTheirNewStartCannotBeKeptForAFault() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a");
        outcomes.clear();

        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);
        disk.setFaultyBelow(directory);
        world.work();
        disk.setFaultyBelow(null);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.KAFKA_STORAGE_ERROR);

        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);
        world.work();
        assertThat(outcomes).extracting(AppendOutcome::error).endsWith(Errors.NONE);
    }

    @Test
    void otherPartitionsOfTheNodeGoOn() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        var other = new TopicIdPartition(ID.topicId(), 1, ID.topic());
        LogSettings settings = LogSettings.defaults(SyncPolicy.INTERVAL);
        var neighbour = new Partition(
                other,
                logs.log(other, settings),
                leader(5),
                new PartitionSettings(settings, 1),
                new Partition.Surroundings(NODE, world, world, world));
        open(neighbour);

        stop(partition);
        append(neighbour, ALL, "a");

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
        assertThat(read(neighbour, 0).sizeInBytes()).isPositive();
    }

    @Test
    void aStoppedPartitionDeletesNothing() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        open(partition);
        append(partition, ALL, "a");
        stop(partition);

        world.pass(LogSettings.defaults(SyncPolicy.INTERVAL).retentionMs() + 1);
        partition.maintain();
        world.work();

        assertThat(partition.log().logStartOffset()).isZero();
    }

    private static void stop(Partition partition) {
        partition.whenOpen(() -> {
            throw new IllegalStateException("a fault that the test asked for");
        });
    }

    private static void isStopped(AppendOutcome outcome) {
        assertThat(outcome.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(outcome.message()).contains("stopped by a fault");
    }
}
