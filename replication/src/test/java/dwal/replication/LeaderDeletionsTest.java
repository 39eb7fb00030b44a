package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Deletions at a leader that does not know yet how much of what an earlier leader has appended is committed, or may not delete. */
class LeaderDeletionsTest extends LeaderFixture {
    /** Two records that an earlier leader has appended, of which node 2 is not known to have any. */
    private void leadWithoutKnowingTheHighWatermark() {
        log.append(TestReplicas.records("a", "b"), AppendOrigin.CLIENT, EPOCH - 1);
        lead(1, List.of(1, 2));
        cluster.fenced.add(3);
        assertThat(leader.knowsHighWatermark()).isFalse();
    }

    private void delete(long before) {
        strand.run(() -> leader.deleteRecordsBefore(before, 1_000, outcomes::add));
        world.work();
    }

    private void fetchWithStart(long start) {
        var fetch =
                new ReplicaFetch(2, cluster.epochOf(2), 2, EPOCH, EPOCH - 1, start, false, ReplicaFetch.Source.ENDED);
        strand.run(() -> leader.followerFetches(fetch));
        world.work();
    }

    @Test
    void waitUntilTheHighWatermarkIsKnown() {
        leadWithoutKnowingTheHighWatermark();
        delete(1);
        delete(-1);
        assertThat(outcomes).isEmpty();
        assertThat(log.logStartOffset()).isZero();

        fetchWithStart(0);
        assertThat(log.logStartOffset()).isEqualTo(2);
        fetchWithStart(2);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE, Errors.NONE);
        assertThat(outcomes).extracting(AppendOutcome::logStartOffset).containsOnly(2L);
    }

    @Test
    void timeOutWhenTheHighWatermarkIsNotKnownInTimeAndDeleteNothing() {
        leadWithoutKnowingTheHighWatermark();
        delete(2);

        world.pass(1_000);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
        fetchWithStart(0);

        assertThat(log.logStartOffset()).isZero();
        assertThat(outcomes).hasSize(1);
    }

    @Test
    void haveTheTimeInAllThatTheyCameWith() {
        leadWithoutKnowingTheHighWatermark();
        delete(2);
        world.pass(600);
        fetchWithStart(0);
        assertThat(log.logStartOffset()).isEqualTo(2);

        world.pass(399);
        assertThat(outcomes).isEmpty();
        world.pass(1);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
    }

    /** Who wants to know for as long as the test says. */
    private final class Leaving implements Waiter {
        private boolean left;

        @Override
        public void done(AppendOutcome outcome) {
            outcomes.add(outcome);
        }

        @Override
        public boolean hasLeft() {
            return left;
        }

        Leaving delete(long before) {
            strand.run(() -> leader.deleteRecordsBefore(before, Integer.MAX_VALUE, this));
            world.work();
            return this;
        }

        void leave() {
            left = true;
            strand.run(leader::waiterLeft);
            world.work();
        }
    }

    @Test
    void areNotWaitedForByWhoHasLeft() {
        leadWithoutKnowingTheHighWatermark();
        new Leaving().delete(2).leave();
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
        fetchWithStart(0);
        assertThat(log.logStartOffset()).as("nothing was deleted").isZero();

        Leaving followers = new Leaving().delete(2);
        assertThat(log.logStartOffset()).isEqualTo(2);
        assertThat(outcomes).hasSize(1);
        followers.leave();
        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.REQUEST_TIMED_OUT, Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void areRefusedAtOnceWhereNoHighWatermarkCouldAllowThem() {
        leadWithoutKnowingTheHighWatermark();
        delete(3);
        delete(-2);

        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.OFFSET_OUT_OF_RANGE, Errors.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void doNotWaitForWhatLiesBelowTheHighWatermarkOfBefore() {
        log.append(TestReplicas.records("a", "b"), AppendOrigin.CLIENT, EPOCH - 1);
        log.updateHighWatermark(1);
        lead(1, List.of(1, 2));

        delete(1);

        assertThat(log.logStartOffset()).isEqualTo(1);
    }

    @Test
    void areAnsweredWhenTheLeadershipEndsBeforeTheHighWatermarkIsKnown() {
        leadWithoutKnowingTheHighWatermark();
        delete(-1);

        leader.resign(Errors.NOT_LEADER_OR_FOLLOWER, "moved");

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void areRefusedWhereTheTopicsPolicyIsToKeepTheLastOfEachKey() {
        lead(1, List.of(1));
        append("a", "b");
        outcomes.clear();
        log.updateSettings(compacted());

        delete(1);
        delete(9);

        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.POLICY_VIOLATION, Errors.POLICY_VIOLATION);
        assertThat(log.logStartOffset()).isZero();
    }

    private static LogSettings compacted() {
        LogSettings usual = TestReplicas.INTERVAL;
        return new LogSettings(
                usual.segmentBytes(),
                usual.segmentMs(),
                usual.segmentJitterMs(),
                usual.retentionMs(),
                usual.retentionBytes(),
                false,
                true,
                usual.maxMessageBytes(),
                usual.timestampType(),
                usual.timestampBeforeMaxMs(),
                usual.timestampAfterMaxMs(),
                usual.compression(),
                usual.compressionLevel(),
                usual.indexIntervalBytes(),
                usual.flushMessages(),
                usual.flushMs(),
                usual.fileDeleteDelayMs(),
                usual.sync());
    }
}
