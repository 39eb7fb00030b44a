package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Fetch in a session (KIP-227): what is told, and how a session ends. */
class FetchInSessionTest extends FetchHandlerTestCase {
    @Test
    void namesOnlyPartitionsWithNewsInASession() {
        append(1, "a");
        FetchResponseData first = await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, 0, 1, 2)));
        assertThat(first.sessionId()).isPositive();

        CompletableFuture<FetchResponseData> second =
                fetch(request(first.sessionId(), 1, 1, LONG_MS, 1 << 20).setTopics(at(1, 1)));
        assertThat(second).as("nothing new beyond offset 1 of partition 1").isNotDone();
        append(2, "b");

        assertThat(partitionsOf(await(second)))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(2);
    }

    @Test
    void comesBackToPartitionsThatDidNotFitIntoAnAnswer() {
        append(0, "a".repeat(500));
        append(1, "b".repeat(500));
        FetchResponseData first = await(fetch(request(0, 0, 1, LONG_MS, 600, 0, 1, 2)));
        assertThat(sizes(first)).as("one batch fits").containsExactly(true, false, false);

        FetchResponseData second =
                await(fetch(request(first.sessionId(), 1, 1, LONG_MS, 600).setTopics(at(0, 1))));

        assertThat(partitionsOf(second))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(1);
        assertThat(sizes(second)).containsExactly(true);
    }

    @Test
    void refusesAnUnknownSessionAndAnEpochOutOfTurn() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();

        assertThat(await(fetch(request(session + 1, 1, 0, 0, 1 << 20))).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
        assertThat(await(fetch(request(session, 2, 0, 0, 1 << 20))).errorCode())
                .isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH.code());
        assertThat(await(fetch(request(session, 1, 0, 0, 1 << 20))).errorCode()).isZero();
    }

    @Test
    void forgetsPartitionsAndEndsASessionThatHasNoneLeft() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();

        var forget = request(session, 1, 1, LONG_MS, 1 << 20)
                .setForgottenTopicsData(
                        List.of(new ForgottenTopic().setTopicId(TOPIC).setPartitions(List.of(0))));
        assertThat(await(fetch(forget)).errorCode()).isZero();

        assertThat(await(fetch(request(session, 2, 0, 0, 1 << 20))).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
    }

    @Test
    void aSessionOutlivesTheConnectionOnWhichItsFetchWaited() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();
        var departures = new ArrayList<Runnable>();
        CompletableFuture<FetchResponseData> waiting =
                fetch(request(session, 1, 1, Integer.MAX_VALUE, 1 << 20), departures::add);
        assertThat(waiting).isNotDone();
        append(0, "a".repeat(10));
        await(waiting);
        CompletableFuture<FetchResponseData> abandoned =
                fetch(request(session, 2, 1, Integer.MAX_VALUE, 1 << 20).setTopics(at(0, 1)), departures::add);
        assertThat(abandoned).isNotDone();
        loop.execute(departures.get(departures.size() - 1));
        await(abandoned);

        append(0, "b");

        assertThat(sizes(await(fetch(request(session, 3, 1, LONG_MS, 1 << 20)))))
                .containsExactly(true);
    }

    @Test
    void whoWaitsInASessionThatIsLetGoIsAnswered() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();
        CompletableFuture<FetchResponseData> waiting = fetch(request(session, 1, 1, LONG_MS, 1 << 20));
        assertThat(waiting).isNotDone();

        await(fetch(request(session, -1, 0, 0, 1 << 20, 0)));

        await(waiting);
    }
}
