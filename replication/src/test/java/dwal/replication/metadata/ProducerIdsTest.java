package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a node hands out producer ids, block by block; the controller is played by the test. */
class ProducerIdsTest {
    private final Queue<CompletableFuture<AllocateProducerIdsResponseData>> asked = new ArrayDeque<>();
    private final ProducerIds ids = new ProducerIds(() -> {
        var answer = new CompletableFuture<AllocateProducerIdsResponseData>();
        asked.add(answer);
        return answer;
    });

    @ParameterizedTest
    @EnumSource(names = {"STALE_BROKER_EPOCH", "UNKNOWN_SERVER_ERROR"})
    void whoWaitsForABlockThatIsRefusedIsToTryAgainAndTheNextAsksAnew(Errors error) {
        CompletableFuture<Long> waiting = ids.next().toCompletableFuture();
        asked.remove().complete(new AllocateProducerIdsResponseData().setErrorCode(error.code()));
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(CoordinatorLoadInProgressException.class);

        CompletableFuture<Long> again = ids.next().toCompletableFuture();
        asked.remove().complete(block(1_000, 10));
        assertThat(again).isCompletedWithValue(1_000L);
    }

    @Test
    void theNextBlockIsAskedForBeforeTheLastIsUsedUp() {
        CompletableFuture<Long> first = ids.next().toCompletableFuture();
        asked.remove().complete(block(0, 10));
        assertThat(first).isCompletedWithValue(0L);
        for (long id = 1; id <= 8; id++) {
            assertThat(asked).as("before " + id).isEmpty();
            assertThat(ids.next().toCompletableFuture()).isCompletedWithValue(id);
        }
        assertThat(asked).hasSize(1);
        assertThat(ids.next().toCompletableFuture()).isCompletedWithValue(9L);
        CompletableFuture<Long> waits = ids.next().toCompletableFuture();
        assertThat(waits).isNotDone();
        asked.remove().complete(block(10, 10));
        assertThat(waits).isCompletedWithValue(10L);
    }

    private static AllocateProducerIdsResponseData block(long start, int length) {
        return new AllocateProducerIdsResponseData().setProducerIdStart(start).setProducerIdLen(length);
    }
}
