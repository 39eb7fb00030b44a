package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

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

@Timeout(60)
class TransactionalRecordsTest {
    @TempDir
    Path directory;

    /** Nobody would ever end the transaction, and readers of what is committed would stand still before it. */
    @Test
    void transactionalRecordsAreRefusedAndOpenNoTransaction() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .start(1)) {
            nodes.createTopic("t");
            var record = new SimpleRecord("value".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            MemoryRecords open = MemoryRecords.withTransactionalRecords(Compression.NONE, 7, (short) 0, 0, record);
            PartitionProduceResponse refused = nodes.produce(1, "t", open);
            assertThat(Errors.forCode(refused.errorCode())).isEqualTo(Errors.UNSUPPORTED_VERSION);
            assertThat(refused.errorMessage()).contains("transaction");
            PartitionProduceResponse taken = nodes.produce(1, "t", MemoryRecords.withRecords(Compression.NONE, record));
            assertThat(Errors.forCode(taken.errorCode())).isEqualTo(Errors.NONE);
            assertThat(taken.baseOffset()).isZero();
        }
    }
}
