package dwal.replication;

import static dwal.replication.TestReplicas.ID;
import static dwal.replication.TestReplicas.batch;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import dwal.replication.Replicated.Next;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of docs/replication.md about followers, each alone. */
class FollowerTest {
    private static final int EPOCH = 5;

    @TempDir
    private Path directory;

    private final ManualWorld world = new ManualWorld();
    private final List<Next> told = new ArrayList<>();
    private LogStore logs;
    private PartitionLog log;
    private Follower follower;

    @BeforeEach
    void openStore() {
        logs = new LogStore(Disk.system(), directory, world, world, world, new Random(1), StoreSettings.defaults());
    }

    @AfterEach
    void closeStore() {
        logs.close();
    }

    @Test
    void namesItsNextPositionOnlyWhenAllBeforeItIsSynced() {
        follow(TestReplicas.COMMIT);
        append(batch(0, EPOCH, "a", "b"), 0);

        follower.whenStored(told::add);
        assertThat(told).as("written, not synced").isEmpty();

        world.work();
        follower.stored();
        assertThat(told).containsExactly(new Next.Fetch(2, EPOCH, 0, EPOCH));
    }

    @Test
    void namesItsNextPositionAtOnceWhenThePageCacheIsEnough() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, EPOCH, "a", "b"), 0);

        follower.whenStored(told::add);

        assertThat(told).containsExactly(new Next.Fetch(2, EPOCH, 0, EPOCH));
    }

    @Test
    void anEmptyLogHasNoLastFetchedEpoch() {
        follow(TestReplicas.INTERVAL);

        follower.whenStored(told::add);

        assertThat(told).containsExactly(new Next.Fetch(0, -1, 0, EPOCH));
    }

    @Test
    void whoWaitsIsToldToStopWhenTheRoleEnds() {
        follow(TestReplicas.COMMIT);
        append(batch(0, EPOCH, "a"), 0);
        follower.whenStored(told::add);

        follower.resign();
        world.work();
        follower.stored();

        assertThat(told).containsExactly(Next.STOP);
    }

    @Test
    void takesTheLeadersHighWatermarkAtMostToItsOwnEnd() {
        follow(TestReplicas.INTERVAL);

        append(batch(0, EPOCH, "a", "b"), 7);
        assertThat(log.highWatermark()).isEqualTo(2);

        append(batch(2, EPOCH, "c"), 1);
        assertThat(log.highWatermark()).as("never back").isEqualTo(2);
    }

    @Test
    void takesTheLeadersLogStartOffsetAtMostToItsHighWatermark() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, EPOCH, "a", "b", "c"), 2);

        assertThat(follower.append(null, said(2).setLogStartOffset(3)).error()).isEqualTo(Errors.NONE);
        world.work();

        assertThat(log.logStartOffset()).isEqualTo(2);
    }

    @Test
    void namesItsNextPositionOnlyWhenTheLeadersLogStartIsKept() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, EPOCH, "a", "b"), 2);
        follower.append(null, said(2).setLogStartOffset(1));

        follower.whenStored(told::add);
        assertThat(told).as("the leader counts on it").isEmpty();
        world.work();

        assertThat(told).containsExactly(new Next.Fetch(2, EPOCH, 1, EPOCH));
    }

    @Test
    void refusesWhatDoesNotGoOnFromItsEnd() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, EPOCH, "a"), 0);

        AppendOutcome again = follower.append(batch(0, EPOCH, "a"), said(1));

        assertThat(again.error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(log.logEndOffset()).isEqualTo(1);
    }

    @Test
    void leavesBatchesOfALaterEpochUntilTheMetadataTellOfIt() {
        follow(TestReplicas.INTERVAL);

        AppendOutcome later = follower.append(batch(0, EPOCH + 1, "a"), said(1));

        assertThat(later.error()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isZero();
    }

    @Test
    void cutsWhereTheLeadersEpochEnds() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, 3, "a", "b", "c", "d"), 0);

        assertThat(follower.cutFor(end(3, 2))).isEqualTo(2);
        assertThat(follower.cutFor(end(3, 9))).as("ours ends before").isEqualTo(4);
    }

    @Test
    void cutsAtTheEndOfItsOwnNextOlderEpochWhenItLacksTheLeaders() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, 2, "a", "b"), 0);
        append(batch(2, 4, "c"), 0);

        assertThat(follower.cutFor(end(3, 9))).isEqualTo(2);
        assertThat(follower.cutFor(end(1, 1)))
                .as("all of ours is newer than epoch 1")
                .isZero();
    }

    @Test
    void cutsAwayAnEpochInWhichItLedAndWroteNothing() {
        follow(TestReplicas.INTERVAL);
        append(batch(0, 3, "a", "b"), 0);
        log.beginEpoch(4);

        assertThat(log.truncateTo(follower.cutFor(end(3, 2)))).isEqualTo(Errors.NONE);

        follower.whenStored(told::add);
        assertThat(told).as("else it would name epoch 4 for ever").containsExactly(new Next.Fetch(2, 3, 0, EPOCH));
    }

    private void follow(LogSettings settings) {
        log = logs.log(ID, settings);
        world.work();
        assertThat(log.open()).isEqualTo(Errors.NONE);
        follower = new Follower(new Assignment(2, EPOCH, 1, List.of(1, 2), List.of(1, 2)), log);
    }

    private void append(ByteBuffer records, long highWatermark) {
        assertThat(follower.append(records, said(highWatermark)).error()).isEqualTo(Errors.NONE);
    }

    private static PartitionData said(long highWatermark) {
        return new PartitionData().setHighWatermark(highWatermark).setLogStartOffset(0);
    }

    private static EpochEndOffset end(int epoch, long offset) {
        return new EpochEndOffset().setEpoch(epoch).setEndOffset(offset);
    }
}
