package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.protocol.CloseConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Fetch with more partitions than there is room for, in sessions and to wait. */
class FetchRoomTest extends FetchHandlerTestCase {
    @Test
    void aSessionOfMorePartitionsThanThereIsRoomForIsAnsweredButNotKept() {
        int kept =
                await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(200)))).sessionId();
        assertThat(kept).isPositive();

        FetchResponseData second = await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(101))));

        assertThat(second.sessionId()).as("a busy session does not go").isZero();
        assertThat(partitionsOf(second)).hasSize(101);
        assertThat(sessions.bytes()).isEqualTo(200 * 256);
        await(fetch(request(kept, -1, 1, LONG_MS, 1 << 20, unknown(101))));
        assertThat(sessions.bytes()).as("it was ended").isZero();
    }

    @Test
    void whoNamesMorePartitionsThanAllSessionsMayHaveIsClosed() {
        CompletableFuture<FetchResponseData> tooMany = fetch(request(0, -1, 1, 0, 1 << 20, unknown(301)));

        assertThat(tooMany).isCompletedExceptionally();
        assertThatThrownBy(tooMany::join).hasCauseInstanceOf(CloseConnection.class);
    }

    @Test
    void aSessionThatGrowsBeyondTheRoomThereIsIsClosed() {
        int session =
                await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(250)))).sessionId();
        assertThat(await(fetch(request(session, 1, 1, LONG_MS, 1 << 20, unknown(300))))
                        .errorCode())
                .isZero();
        var exchange = request(session, 2, 1, 0, 1 << 20, 0)
                .setForgottenTopicsData(List.of(
                        new ForgottenTopic().setTopicId(TOPIC).setPartitions(List.of(PARTITIONS, PARTITIONS + 1))));
        assertThat(await(fetch(exchange)).errorCode()).isZero();
        assertThat(sessions.bytes()).isEqualTo(299 * 256);

        assertThat(await(fetch(request(session, 3, 1, LONG_MS, 1 << 20, 1, 2))).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());

        assertThat(sessions.size()).isZero();
        assertThat(sessions.bytes()).isZero();
        assertThat(await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(10)))).sessionId())
                .isPositive();
    }

    @Test
    void aLargeFetchWaitsOnlyWhereThereIsRoomAndASmallOneAlways() {
        int[] many = IntStream.range(0, 60).toArray();
        var departures = new ArrayList<Runnable>();
        CompletableFuture<FetchResponseData> first = fetch(request(0, -1, 1, LONG_MS, 1 << 20, many), departures::add);
        assertThat(first).isNotDone();

        assertThat(partitionsOf(await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, many)))))
                .as("it is answered with what there is")
                .hasSize(60);
        CompletableFuture<FetchResponseData> small = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0));
        assertThat(small).isNotDone();
        loop.execute(departures.get(0));
        await(first);

        assertThat(fetch(request(0, -1, 1, LONG_MS, 1 << 20, many))).isNotDone();
        assertThat(sessions.waiting()).isEqualTo(2);
    }

    private static int[] unknown(int count) {
        return IntStream.range(PARTITIONS, PARTITIONS + count).toArray();
    }
}
