package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.log.AppendOutcome;
import dwal.log.EpochEnd;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class PartitionTest extends PartitionTestCase {
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

    /** A reader may have opened it. The first append makes files and waits for a sync, which no network loop may. */
    @Test
    void theFirstAppendWaitsForTheDiskAndOthersWaitForIt() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(5));
        partition.whenOpen(() -> {});
        world.work();

        append(partition, ALL, "first");
        append(partition, ALL, "second", "third");
        assertThat(directory.resolve("topic-0")).doesNotExist();
        assertThat(outcomes).isEmpty();

        world.work();
        assertThat(outcomes).extracting(AppendOutcome::baseOffset).containsExactly(0L, 1L);
        append(partition, ALL, "fourth");
        assertThat(outcomes).as("at once").hasSize(3);
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
        world.pass(29_999);
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
}
