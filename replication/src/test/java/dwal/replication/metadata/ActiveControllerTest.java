package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.Test;

/** On a node whose own controller becomes active and passive; the way over the network is tested with real nodes. */
class ActiveControllerTest {
    private final ManualScheduler scheduler = new ManualScheduler();
    private final Queue<CompletableFuture<String>> answers = new ArrayDeque<>();
    private OptionalInt leader = OptionalInt.of(1);
    private int asked;

    private final ActiveController controller = new ActiveController(
            1,
            true,
            new ActiveController.Quorum() {
                @Override
                public OptionalInt leaderId() {
                    return leader;
                }

                @Override
                public Optional<Node> address(int id) {
                    return Optional.empty();
                }
            },
            null,
            1_000,
            scheduler);

    private CompletableFuture<String> ask() {
        return controller.ask(
                new ControllerRequest<>() {
                    @Override
                    public Kind kind() {
                        return Kind.OWN_WORK;
                    }

                    @Override
                    public CompletableFuture<String> askHere() {
                        asked++;
                        return answers.isEmpty() ? CompletableFuture.completedFuture("yes") : answers.remove();
                    }

                    @Override
                    public AbstractRequest.Builder<?> request() {
                        throw new AssertionError("there is no network");
                    }

                    @Override
                    public String answer(AbstractResponse response) {
                        throw new AssertionError("there is no network");
                    }
                },
                30_000);
    }

    @Test
    void theControllerOfThisNodeIsAskedAtOnceAndNothingIsLeftToWaitFor() {
        assertThat(ask()).isCompletedWithValue("yes");
        assertThat(scheduler.waiting()).isZero();
    }

    @Test
    void aControllerThatIsNotActiveYetIsAskedAgain() throws Exception {
        answers.add(CompletableFuture.failedFuture(new NotControllerException("not yet")));
        CompletableFuture<String> answer = ask();
        assertThat(answer).isNotDone();
        scheduler.advance(5);
        assertThat(answer).isCompletedWithValue("yes");
        assertThat(scheduler.waiting()).isZero();
    }

    @Test
    void whatAnActiveControllerRefusesIsRefused() {
        answers.add(CompletableFuture.failedFuture(new InvalidRequestException("no")));
        assertThatThrownBy(() -> ask().get()).hasCauseInstanceOf(InvalidRequestException.class);
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void newsOfALeaderEndTheWait() throws Exception {
        leader = OptionalInt.empty();
        CompletableFuture<String> answer = ask();
        scheduler.advance(1_000);
        assertThat(answer).isNotDone();
        leader = OptionalInt.of(1);
        controller.onLeaderChange();
        assertThat(answer).isCompletedWithValue("yes");
    }

    @Test
    void theWaitForALeaderIsBounded() throws Exception {
        leader = OptionalInt.empty();
        CompletableFuture<String> answer = ask();
        scheduler.advance(29_999);
        assertThat(answer).isNotDone();
        scheduler.advance(1);
        assertThatThrownBy(answer::get)
                .hasCauseInstanceOf(TimeoutException.class)
                .hasMessageContaining("no leader");
        scheduler.advance(10_000);
        assertThat(scheduler.waiting()).isZero();
    }

    @Test
    void askingIsSlowedDownAndNeverStops() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            answers.add(CompletableFuture.failedFuture(new NotControllerException("no")));
        }
        CompletableFuture<String> answer = ask();
        scheduler.advance(10_000);
        assertThat(answer).isNotDone();
        assertThat(asked).isBetween(90, 120);
    }

    @Test
    void closingFailsWhatWaits() {
        leader = OptionalInt.empty();
        CompletableFuture<String> answer = ask();
        controller.close();
        assertThatThrownBy(answer::get).hasCauseInstanceOf(NotControllerException.class);
    }
}
