package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.metadata.BrokerHeartbeatReply;
import org.apache.kafka.metadata.BrokerRegistrationReply;
import org.apache.kafka.metadata.ListenerInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One broker with a controller that does as the test says; sessions of 9 seconds, a heartbeat every two. */
class BrokerMembershipTest implements ControllerLink {
    @TempDir
    Path directory;

    private final ManualScheduler scheduler = new ManualScheduler();
    private BrokerMembership broker;
    private long nowMs;
    private long appliedOffset = 20;
    private boolean reachable = true;
    private boolean wantsShutDown;
    private boolean shouldShutDown;
    private int heartbeats;
    private int ends;
    private CompletableFuture<Long> end = new CompletableFuture<>();

    @BeforeEach
    void join() throws Exception {
        MetadataSettings settings = MetadataSettings.standalone(1, directory, Map.of());
        broker = new BrokerMembership(
                settings,
                DataDirectory.open(settings, (log, end, epoch) -> Optional.empty()),
                this,
                scheduler,
                () -> appliedOffset,
                new BrokerSession(() -> nowMs * 1_000_000, () -> appliedOffset, settings.certainMs()));
        var unused = broker.join(
                ListenerInfo.create(List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "localhost", 9092))),
                OptionalLong.empty(),
                Map.of(),
                () -> false);
        pass(0);
    }

    private void pass(long ms) throws Exception {
        nowMs += ms;
        scheduler.advance(ms);
    }

    private void cutOff(long ms) throws Exception {
        reachable = false;
        pass(ms);
        reachable = true;
    }

    @Test
    void aBrokerThatSendsHeartbeatsIsCertainAndAsksForNothingElse() throws Exception {
        for (int i = 0; i < 10; i++) {
            pass(2_000);
            assertThat(broker.isCertain()).isTrue();
        }
        assertThat(heartbeats).isEqualTo(11);
        assertThat(ends).isZero();
    }

    @Test
    void itIsNotCertainForAsLongAsTheSessionSinceADeposedControllerMayHaveAnswered() throws Exception {
        cutOff(7_999);
        assertThat(broker.isCertain()).isTrue();
        cutOff(1);
        assertThat(broker.isCertain()).isFalse();
    }

    @Test
    void oneThatWasCutOffIsCertainWhenItHasAppliedWhatWasCommittedMeanwhile() throws Exception {
        cutOff(20_000);
        pass(2_000);
        pass(2_000);
        assertThat(heartbeats).isGreaterThan(2);
        assertThat(broker.isCertain()).as("heartbeats alone prove nothing").isFalse();

        end.complete(40L);
        pass(0);
        assertThat(broker.isCertain()).isFalse();
        appliedOffset = 39;
        assertThat(broker.isCertain()).isTrue();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void whatCouldNotBeLearnedIsAskedAgainWithTheNextHeartbeat() throws Exception {
        cutOff(20_000);
        pass(2_000);
        CompletableFuture<Long> first = end;
        end = new CompletableFuture<>();
        first.completeExceptionally(new TimeoutException("no controller"));
        pass(2_000);
        assertThat(ends).isEqualTo(2);

        end.complete(21L);
        pass(0);

        assertThat(broker.isCertain()).isTrue();
    }

    @Test
    void oneThatIsAboutToStopIsCertainOfNothingAndIsLetGoWhenTheControllerSaysSo() throws Exception {
        assertThat(broker.isCertain()).isTrue();
        CompletableFuture<Void> left = broker.leave();
        pass(0);
        assertThat(broker.isCertain()).as("others may lead by now").isFalse();
        assertThat(wantsShutDown).isTrue();
        assertThat(left).isNotDone();
        pass(500);
        assertThat(broker.isCertain()).isFalse();

        shouldShutDown = true;
        pass(500);

        assertThat(left).isCompleted();
        assertThat(broker.isCertain()).isFalse();
        int before = heartbeats;
        pass(10_000);
        assertThat(heartbeats).isEqualTo(before);
    }

    @Test
    void oneThatIsAboutToStopWaitsForNoControllerThatCannotBeReached() throws Exception {
        reachable = false;
        CompletableFuture<Void> left = broker.leave();
        pass(0);
        assertThat(left).isCompleted();
        assertThat(broker.isCertain()).isFalse();
    }

    @Override
    public CompletableFuture<Void> unregister(int brokerId) {
        throw new AssertionError("nothing to unregister");
    }

    @Override
    public CompletableFuture<BrokerRegistrationReply> register(BrokerRegistrationRequestData request) {
        return CompletableFuture.completedFuture(new BrokerRegistrationReply(7));
    }

    @Override
    public CompletableFuture<BrokerHeartbeatReply> heartbeat(BrokerHeartbeatRequestData request) {
        if (!reachable) {
            return CompletableFuture.failedFuture(new TimeoutException("cut off"));
        }
        heartbeats++;
        wantsShutDown = request.wantShutDown();
        return CompletableFuture.completedFuture(
                new BrokerHeartbeatReply(true, false, wantsShutDown, wantsShutDown && shouldShutDown));
    }

    @Override
    public CompletableFuture<Long> metadataEnd() {
        ends++;
        return end;
    }
}
