package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.server.HandLoop;
import dwal.server.quota.ClientQuotas;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which network loop uses a session when. The loops are the test's own, and run when it says so; all else runs at once. */
class SessionLoopsTest {
    private static final int LONG_MS = 60_000;
    private static final int SOON_MS = 1_000;

    @TempDir
    private Path directory;

    private final HandLoop first = new HandLoop();
    private final HandLoop second = new HandLoop();
    private final HandLoop third = new HandLoop();
    private final List<Runnable> departures = new ArrayList<>();
    private final InterruptedClock clock = new InterruptedClock();
    private HostedTopic topic;
    private FetchSessions sessions;
    private FetchHandler handler;

    /** Lets something happen while a request is handled: when it is counted. */
    private static final class InterruptedClock implements Clock {
        private Runnable interruption;

        @Override
        public long wallMs() {
            Runnable now = interruption;
            interruption = null;
            if (now != null) {
                now.run();
            }
            return 1;
        }

        @Override
        public long nanoTime() {
            return Clock.system().nanoTime();
        }
    }

    @BeforeEach
    void host() {
        topic = new HostedTopic(directory);
        sessions = new FetchSessions(2, 1 << 20, LONG_MS, clock, new SplittableRandom(1));
        handler = new FetchHandler(
                topic.partitions,
                sessions,
                () -> topic.image,
                1 << 20,
                null,
                ClientQuotas.none().fetch());
    }

    @AfterEach
    void stop() {
        topic.close();
    }

    @Test
    void aSessionMovesToTheLoopOfTheConnectionOverWhichItsNextRequestComes() {
        int session = open(first);
        CompletableFuture<FetchResponseData> waiting = fetch(first, next(session, 1));

        CompletableFuture<FetchResponseData> moved = fetch(second, next(session, 2));
        assertThat(waiting).as("only its own loop touches the session").isNotDone();
        assertThat(moved).isNotDone();
        first.run();
        assertThat(errorOf(waiting)).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        assertThat(moved).isNotDone();
        second.run();
        assertThat(moved).as("it waits for records").isNotDone();
        topic.append(0);
        assertThat(first.size()).isZero();
        second.run();

        assertThat(sizes(moved)).containsExactly(true);
        CompletableFuture<FetchResponseData> after = fetch(second, at(next(session, 3), 0, 1));
        assertThat(first.size()).as("it has moved").isZero();
        topic.append(0);
        second.run();
        assertThat(sizes(after)).containsExactly(true);
    }

    @Test
    void aRequestThatIsRefusedMovesNoSession() {
        int session = open(first);
        CompletableFuture<FetchResponseData> waiting = fetch(first, next(session, 1));

        CompletableFuture<FetchResponseData> again = fetch(second, next(session, 1));
        first.run();

        assertThat(errorOf(again)).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        assertThat(waiting).isNotDone();
        topic.append(0);
        first.run();
        assertThat(sizes(waiting)).containsExactly(true);
    }

    @Test
    void ofTwoRequestsThatMoveASessionOneIsOutOfTurn() {
        int session = open(first);
        CompletableFuture<FetchResponseData> one = fetch(second, next(session, 1));
        CompletableFuture<FetchResponseData> other = fetch(third, next(session, 1));
        first.run();
        second.runOne(); // the request itself; the other's look at the session is next
        second.run();
        third.run();

        assertThat(errorOf(other)).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        topic.append(0);
        second.run();
        assertThat(sizes(one)).containsExactly(true);
    }

    @Test
    void aSessionThatMovesOnBeforeTheRequestIsHandledIsNotFollowed() {
        int session = open(first);
        CompletableFuture<FetchResponseData> one = fetch(second, next(session, 1));
        CompletableFuture<FetchResponseData> other = fetch(third, next(session, 1));
        // As if the other had found the session on the second loop before that had been given the request.
        FetchSession moving = sessions.get(session);
        first.run();
        moving.moveTo(third);
        second.run();
        third.run();

        assertThat(errorOf(one)).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        topic.append(0);
        third.run();
        assertThat(sizes(other)).containsExactly(true);
    }

    @Test
    void whoIsGoneBeforeTheSessionHasMovedDoesNotWait() {
        int session = open(first);
        CompletableFuture<FetchResponseData> gone = fetch(second, next(session, 1));
        first.run();
        departures.get(departures.size() - 1).run();
        second.run();

        assertThat(gone).isDone();
        assertThat(sessions.waiting()).isZero();
        CompletableFuture<FetchResponseData> same = fetch(second, next(session, 1));
        topic.append(0);
        second.run();
        assertThat(sizes(same)).as("it was not counted").containsExactly(true);
    }

    @Test
    void whoIsGoneWhileItWaitsOnTheLoopToWhichTheSessionHasMovedWaitsNoMore() {
        int session = open(first);
        CompletableFuture<FetchResponseData> moved = fetch(second, next(session, 1));
        first.run();
        second.run();
        assertThat(sessions.waiting()).isEqualTo(1);

        departures.get(departures.size() - 1).run();

        assertThat(moved).isDone();
        assertThat(sessions.waiting()).isZero();
    }

    @Test
    void aSessionThatIsRemovedWhileItMovesIsNotFound() {
        int session = open(first);
        CompletableFuture<FetchResponseData> moved = fetch(second, next(session, 1));
        first.run();
        sessions.remove(session);
        second.run();

        assertThat(errorOf(moved)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }

    @Test
    void aRequestForASessionOnALoopThatHasStoppedIsAnswered() {
        int session = open(first);
        int other = open(second);
        first.shutdown();

        CompletableFuture<FetchResponseData> refused = fetch(second, next(session, 1));
        assertThat(errorOf(refused)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);

        CompletableFuture<FetchResponseData> late = fetch(third, next(other, 1));
        third.shutdown();
        second.run();
        assertThat(errorOf(late)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }

    @Test
    void whoEndsASessionOnALoopThatHasStoppedIsNoneTheWiser() {
        int session = open(first);
        CompletableFuture<FetchResponseData> waiting = fetch(first, next(session, 1));
        FetchWait wait = sessions.get(session).waiting();
        first.shutdown();

        wait.hurry();
        sessions.remove(session);

        assertThat(sessions.size()).isZero();
        assertThat(waiting).isNotDone();
    }

    @Test
    void aSessionIsClosedByItsOwnLoop() {
        int session = open(first);
        CompletableFuture<FetchResponseData> waiting = fetch(first, next(session, 1));
        FetchSession removed = sessions.get(session);

        assertThat(fetch(second, opening().setSessionId(session))).isNotDone();
        assertThat(removed.isWatching()).isTrue();
        assertThat(removed.hasEnded()).isTrue();
        first.run();
        assertThat(removed.isWatching()).isFalse();
        assertThat(waiting).isNotDone();
        first.pass(SOON_MS);

        assertThat(waiting).as("it hears of nothing any more").isDone();
    }

    /** Wherever the session is by then. */
    @Test
    void aSessionThatMovesWhileItIsClosedIsClosedWhereItIs() {
        int session = open(first);
        FetchSession removed = sessions.get(session);
        assertThat(fetch(second, next(session, 1))).isNotDone();
        sessions.remove(session); // after the move, on the first loop
        first.run();
        assertThat(removed.isWatching()).isTrue();
        second.run();

        assertThat(removed.isWatching()).isFalse();
    }

    @Test
    void aSessionThatIsClosedHearsOfNothingThoughItsLoopWasJustAddingPartitions() {
        int session = open(first);
        FetchSession removed = sessions.get(session);
        sessions.remove(session);
        removed.update(at(next(session, 1), 1, 0));
        removed.all().forEach(FetchedPartition::partition);
        removed.watch();
        first.run();
        removed.watch();
        removed.takeNews();

        topic.append(0);
        topic.append(1);

        assertThat(removed.takeNews()).isEmpty();
    }

    @Test
    void whoseSessionIsRemovedWhileItsRequestIsHandledIsAnswered() {
        int session = open(first);
        clock.interruption = () -> sessions.remove(session);
        CompletableFuture<FetchResponseData> waiting = fetch(first, next(session, 1));
        assertThat(waiting).isNotDone();

        first.run();
        first.pass(SOON_MS);

        assertThat(waiting).isDone();
    }

    @Test
    void aSessionThatIsEndedOverAnotherConnectionWhileItGrowsHoldsNothing() {
        int session = open(first);
        FetchSession ended = sessions.get(session);
        FetchRequestData ending =
                opening().setSessionId(session).setSessionEpoch(-1).setMaxWaitMs(0);
        // First it is asked for the growth, under the lock of the sessions, which nobody else gets.
        clock.interruption = () ->
                clock.interruption = () -> assertThat(fetch(second, ending)).isDone();
        CompletableFuture<FetchResponseData> growing =
                fetch(first, at(next(session, 1).setMaxWaitMs(0), 1, 0));
        assertThat(ended.hasEnded()).isTrue();
        assertThat(ended.isWatching()).as("its own loop has yet to close it").isTrue();
        first.run();
        second.run();

        assertThat(growing).isDone();
        assertThat(ended.isWatching()).isFalse();
        assertThat(sessions.size()).isZero();
        assertThat(sessions.bytes()).isZero();
    }

    @Test
    void aSessionThatMustMakeRoomIsClosedByItsOwnLoop() {
        FetchSession evicted = sessions.get(open(first));
        open(first);
        FetchRequestData followers = opening();
        followers.replicaState().setReplicaId(2).setReplicaEpoch(1);
        assertThat(fetch(second, followers)).isDone();

        assertThat(evicted.isWatching()).isTrue();
        first.run();
        assertThat(evicted.isWatching()).isFalse();
    }

    private int open(HandLoop loop) {
        CompletableFuture<FetchResponseData> opened = fetch(loop, opening().setMaxWaitMs(0));
        loop.run(); // the log had to be opened
        assertThat(opened).isDone();
        int session = opened.join().sessionId();
        assertThat(session).isPositive();
        return session;
    }

    private static FetchRequestData opening() {
        return at(next(0, 0), 0, 0);
    }

    private static FetchRequestData next(int session, int epoch) {
        return FetchRequests.next(session, epoch, LONG_MS);
    }

    private static FetchRequestData at(FetchRequestData request, int partition, long offset) {
        return request.setTopics(List.of(new FetchTopic()
                .setTopicId(HostedTopic.ID)
                .setPartitions(List.of(new FetchPartition()
                        .setPartition(partition)
                        .setFetchOffset(offset)
                        .setPartitionMaxBytes(1 << 20)))));
    }

    /** As the network does on {@code loop}, which is the test's own thread. */
    private CompletableFuture<FetchResponseData> fetch(HandLoop loop, FetchRequestData request) {
        RequestContext context = FetchRequests.over(loop, departures::add);
        return handler.handle(context, request).toCompletableFuture();
    }

    private static Errors errorOf(CompletableFuture<FetchResponseData> stage) {
        assertThat(stage).isDone();
        return Errors.forCode(stage.join().errorCode());
    }

    /** Whether there are records, for each partition of the answer. */
    private static List<Boolean> sizes(CompletableFuture<FetchResponseData> stage) {
        assertThat(errorOf(stage)).isEqualTo(Errors.NONE);
        List<PartitionData> all = stage.join().responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .toList();
        return all.stream()
                .map(partition -> {
                    boolean some = partition.records().sizeInBytes() > 0;
                    if (partition.records() instanceof RecordsSlice slice) {
                        slice.release();
                    }
                    return some;
                })
                .toList();
    }
}
