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
}
