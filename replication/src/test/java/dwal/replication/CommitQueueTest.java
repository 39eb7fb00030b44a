package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOutcome;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommitQueueTest {
    private final ManualWorld world = new ManualWorld();
    private final List<Errors> answers = new ArrayList<>();
    private final CommitQueue queue =
            new CommitQueue(world, world, Runnable::run, new ReplicationMetrics(), () -> Appending.NOBODY);

    private void await(long endOffset, int timeoutMs, boolean stored) {
        AppendOutcome outcome = AppendOutcome.appended(endOffset - 1, endOffset - 1, -1, 0, false);
        queue.await(endOffset, timeoutMs, outcome, stored, answer -> answers.add(answer.error()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 100})
    void storingHereIsNotWhatTheTimeOfARequestIsFor(int timeoutMs) {
        await(1, timeoutMs, false);
        world.pass(5_000);
        assertThat(answers).isEmpty();

        queue.stored(1);
        queue.complete(1);
        queue.timeStored();
        assertThat(answers).containsExactly(Errors.NONE);
        assertThat(world.timers()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 100})
    void whoWaitsForOtherReplicasWhenHisTimeIsOverIsToldSoOnceItIsStored(int timeoutMs) {
        await(1, timeoutMs, false);
        world.pass(5_000);
        queue.stored(1);
        queue.timeStored();
        world.pass(0);
        assertThat(answers).containsExactly(Errors.REQUEST_TIMED_OUT);
        assertThat(world.timers()).isZero();
    }

    @Test
    void theTimeOfARequestRunsFromWhenItCame() {
        await(1, 100, false);
        await(2, 20_000, false);
        world.pass(60);
        queue.stored(2);
        queue.timeStored();
        world.pass(39);
        assertThat(answers).isEmpty();
        world.pass(1);
        assertThat(answers).containsExactly(Errors.REQUEST_TIMED_OUT);
        world.pass(19_900);
        assertThat(answers).hasSize(2);
    }

    @Test
    void whatIsNeverStoredTimesOut() {
        await(1, 100, false);
        await(2, 60_000, false);
        world.pass(30_000);
        assertThat(answers).containsExactly(Errors.REQUEST_TIMED_OUT);
        world.pass(30_000);
        assertThat(answers).hasSize(2);
    }

    private final class Leaving implements Appending {
        boolean left;

        @Override
        public void done(AppendOutcome outcome) {
            answers.add(outcome.error());
        }

        @Override
        public boolean hasLeft() {
            return left;
        }
    }

    private Leaving wait(long endOffset, boolean stored) {
        var one = new Leaving();
        AppendOutcome outcome = AppendOutcome.appended(endOffset - 1, endOffset - 1, -1, 0, false);
        queue.await(endOffset, Integer.MAX_VALUE, outcome, stored, one);
        return one;
    }

    private void leave(Leaving one) {
        one.left = true;
        queue.waiterLeft();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoHasLeftIsNotWaitedFor(boolean stored) {
        leave(wait(1, stored));
        assertThat(answers).containsExactly(Errors.REQUEST_TIMED_OUT);
        assertThat(world.timers()).isZero();
        queue.stored(1);
        queue.complete(1);
        assertThat(answers).hasSize(1);
    }

    @Test
    void thoseWhoHaveLeftAreNeverMoreThanThoseWhoStay() {
        List<Leaving> all = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            all.add(wait(i, true));
        }
        for (int i = 0; i < 99; i++) {
            leave(all.get(i));
            int kept = 100 - answers.size();
            assertThat(kept).as("after " + i).isLessThanOrEqualTo(2 * (99 - i));
        }
        queue.complete(100);
        assertThat(answers).hasSize(100).endsWith(Errors.NONE);
    }

    @Test
    void whoHasLeftBeforeHisRecordsAreWrittenIsNotWaitedForEither() {
        var one = new Leaving();
        one.left = true;
        queue.await(1, Integer.MAX_VALUE, AppendOutcome.appended(0, 0, -1, 0, false), true, one);
        assertThat(answers).containsExactly(Errors.REQUEST_TIMED_OUT);
        assertThat(world.timers()).isZero();
    }
}
