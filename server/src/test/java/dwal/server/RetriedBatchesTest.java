package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an idempotent producer is told of a batch that it sends again, over the wire. */
@Timeout(60)
class RetriedBatchesTest {
    private static final int BATCHES = 12;

    @TempDir
    Path directory;

    /** Kafka remembers five batches, and refuses older ones with OUT_OF_ORDER_SEQUENCE_NUMBER whether it has them or not. */
    @Test
    void aBatchIsKnownAgainHoweverManyCameAfterIt() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .start(1)) {
            nodes.createTopic("t");
            for (int sequence = 0; sequence < BATCHES; sequence++) {
                assertTaken(nodes.produce(1, "t", batch(sequence, "value " + sequence)), sequence);
            }
            for (int sequence = 0; sequence < BATCHES; sequence++) {
                assertTaken(nodes.produce(1, "t", batch(sequence, "value " + sequence)), sequence);
            }
            PartitionProduceResponse other = nodes.produce(1, "t", batch(0, "other 0"));
            assertThat(Errors.forCode(other.errorCode())).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
            assertTaken(nodes.produce(1, "t", batch(BATCHES, "next")), BATCHES);
        }
    }

    private static void assertTaken(PartitionProduceResponse answer, int sequence) {
        assertThat(Errors.forCode(answer.errorCode()))
                .as("sequence %d: %s", sequence, answer.errorMessage())
                .isEqualTo(Errors.NONE);
        assertThat(answer.baseOffset()).isEqualTo(sequence);
    }

    private static MemoryRecords batch(int sequence, String value) {
        var record = new SimpleRecord(1_000, null, value.getBytes(StandardCharsets.UTF_8));
        return MemoryRecords.withIdempotentRecords(Compression.NONE, 7, (short) 0, sequence, record);
    }
}
