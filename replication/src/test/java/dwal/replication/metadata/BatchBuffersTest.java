package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.internals.BatchAccumulator;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;

class BatchBuffersTest {
    private final BatchBuffers buffers = new BatchBuffers();

    @Test
    void oneBufferThatIsNotInUseIsKeptAndItIsSmall() {
        ByteBuffer first = buffers.tryAllocate(KafkaRaftClient.MAX_BATCH_SIZE_BYTES);
        ByteBuffer second = buffers.tryAllocate(KafkaRaftClient.MAX_BATCH_SIZE_BYTES);
        assertThat(first.capacity()).isEqualTo(BatchBuffers.BYTES);
        first.position(100);
        buffers.release(first);

        assertThat(second).isNotSameAs(first);
        assertThat(buffers.tryAllocate(1)).isSameAs(first);
        assertThat(first.position()).isZero();
        assertThat(buffers.tryAllocate(1)).isNotSameAs(first);
    }

    @Test
    void aBufferOfAnotherSizeIsNotKept() {
        ByteBuffer grown = ByteBuffer.allocate(BatchBuffers.BYTES * 2);
        buffers.release(grown);
        assertThat(buffers.tryAllocate(1)).isNotSameAs(grown);
    }

    @Test
    void batchesOfMegabytesAreGatheredInThemUnharmed() {
        var serde = new MetadataRecordSerde();
        var accumulator = new BatchAccumulator<>(
                3, 0, 0, KafkaRaftClient.MAX_BATCH_SIZE_BYTES, 10, buffers, Time.SYSTEM, Compression.NONE, serde);
        List<ApiMessageAndVersion> records = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            var config =
                    new ConfigRecord().setResourceName("r").setName("n" + i).setValue("v".repeat(10_000));
            records.add(new ApiMessageAndVersion(config, (short) 0));
        }
        for (int batch = 0; batch < 3; batch++) {
            accumulator.append(3, records, false);
            accumulator.forceDrain();
            var drained = accumulator.drain();
            assertThat(drained).hasSize(1);
            int read = 0;
            for (Record record : drained.get(0).data.records()) {
                ByteBuffer value = record.value();
                assertThat(serde.read(new ByteBufferAccessor(value), value.remaining()))
                        .isEqualTo(records.get(read));
                read++;
            }
            assertThat(read).isEqualTo(500);
            drained.forEach(BatchAccumulator.CompletedBatch::release);
            assertThat(buffers.tryAllocate(1).capacity()).isEqualTo(BatchBuffers.BYTES);
        }
    }
}
