package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.quota.ClientQuotas;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Fetch without a session: what is read, and for how long it waits. */
class FetchHandlerTest extends FetchHandlerTestCase {
    @Test
    void namesAllPartitionsWithoutASession() {
        append(1, "a");

        FetchResponseData answer = await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0, 1, 2)));

        assertThat(answer.sessionId()).isZero();
        assertThat(partitionsOf(answer))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(0, 1, 2);
        assertThat(partitionsOf(answer))
                .extracting(PartitionData::highWatermark)
                .containsExactly(0L, 1L, 0L);
    }

    @Test
    void waitsUntilThereAreRecords() {
        CompletableFuture<FetchResponseData> waiting = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0, 1, 2));
        assertThat(waiting).isNotDone();

        append(2, "a");

        assertThat(partitionsOf(await(waiting)).get(2).highWatermark()).isEqualTo(1);
    }

    @Test
    void answersWithNothingWhenTimeIsUp() {
        FetchResponseData answer = await(fetch(request(0, -1, 1, 50, 1 << 20, 0)));

        assertThat(partitionsOf(answer)).singleElement().satisfies(partition -> {
            assertThat(partition.errorCode()).isZero();
            assertThat(partition.records().sizeInBytes()).isZero();
        });
    }

    @Test
    void aNetworkThatHasStoppedDoesNotStopAPartition() {
        assertThat(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0))).isNotDone();
        loop.shutdownNow();

        append(0, "a");
        append(0, "b");
    }

    @Test
    void waitsNoLongerThanItsClientIsThere() {
        var departures = new ArrayList<Runnable>();
        CompletableFuture<FetchResponseData> waiting =
                fetch(request(0, -1, 1, Integer.MAX_VALUE, 1 << 20, 0), departures::add);
        assertThat(waiting).isNotDone();
        assertThat(sessions.waiting()).isEqualTo(1);

        loop.execute(departures.get(0));

        assertThat(await(waiting).responses()).isEmpty();
        assertThat(sessions.waiting()).isZero();
    }

    /** As Kafka 4.3.1: it fails where there is something to read. Of all bytes together none are left after that, which gives a batch. */
    @Test
    void lessThanNoBytesAreAnErrorWhereThereIsSomethingToRead() {
        append(0, "a");
        append(1, "b");
        for (int limit : new int[] {-1, Integer.MIN_VALUE}) {
            FetchResponseData inAll = await(fetch(request(0, -1, 1, LONG_MS, limit, 0, 1)));
            assertThat(errorsOf(inAll)).containsExactly(Errors.UNKNOWN_SERVER_ERROR, Errors.NONE);
            assertThat(sizes(inAll)).containsExactly(false, true);

            FetchRequestData eachPartition = request(0, -1, 1, LONG_MS, 1 << 20, 0, 1);
            eachPartition.topics().get(0).partitions().forEach(one -> one.setPartitionMaxBytes(limit));
            assertThat(errorsOf(await(fetch(eachPartition))))
                    .containsExactly(Errors.UNKNOWN_SERVER_ERROR, Errors.UNKNOWN_SERVER_ERROR);

            FetchRequestData atTheEnd = request(0, -1, 1, 0, limit, 0);
            atTheEnd.topics().get(0).partitions().forEach(one -> one.setFetchOffset(1));
            assertThat(errorsOf(await(fetch(atTheEnd)))).containsExactly(Errors.NONE);
        }
        assertThat(await(fetch(request(0, -1, -1, -1, 1 << 20, 2))).errorCode()).isZero();
    }

    /** As in Kafka. */
    @Test
    void whatIsNotThereIsAnsweredLast() {
        append(1, "a");
        FetchResponseData answer = await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0, PARTITIONS, 1)));

        assertThat(partitionsOf(answer))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(0, 1, PARTITIONS);
    }

    @Test
    void refusesWhoeverPosesAsAFollower() {
        var request = request(0, -1, 1, LONG_MS, 1 << 20, 0);
        request.replicaState().setReplicaId(2).setReplicaEpoch(1);

        PartitionData refused = partitionsOf(await(fetch(request))).get(0);

        assertThat(refused.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(refused.records().sizeInBytes()).isZero();
    }

    @Test
    void oneThatWaitsIsAnsweredThoughALookThrowsWhatNobodyExpects() {
        var faulty = new AtomicBoolean();
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch(),
                (context, topic) -> {
                    if (faulty.get()) {
                        throw new IllegalStateException("a fault that the test asked for");
                    }
                    return true;
                });
        CompletableFuture<FetchResponseData> waiting = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0));
        assertThat(waiting).isNotDone();

        faulty.set(true);
        append(0, "a");

        assertThat(waiting)
                .failsWithin(20, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("the test asked for");
    }
}
