package dwal.log;

import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/** Writes a batch anew in the topic's codec, when the producer used another. Any thread. */
final class Recompression {
    private Recompression() {}

    /**
     * The batch under {@code view}, whose records are known to be well-formed, in the codec of {@code settings}; empty if
     * it is then larger than the topic allows.
     */
    static Optional<ByteBuffer> of(BatchView view, LogSettings settings, long wallMs) {
        boolean byAppendTime = settings.timestampType() == TimestampType.LOG_APPEND_TIME;
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(Math.max(view.sizeInBytes(), 512)),
                BatchView.MAGIC,
                compression(settings),
                settings.timestampType(),
                0L,
                byAppendTime ? wallMs : -1L,
                view.producerId(),
                view.producerEpoch(),
                view.baseSequence(),
                view.isTransactional(),
                view.leaderEpoch());
        MemoryRecords source = MemoryRecords.readableRecords(view.buffer()
                .duplicate()
                .limit(view.end())
                .position(view.start())
                .slice());
        try (CloseableIterator<Record> records =
                source.batches().iterator().next().streamingIterator(BufferSupplier.NO_CACHING)) {
            while (records.hasNext()) {
                builder.append(records.next());
            }
        }
        ByteBuffer bytes = builder.build().buffer();
        return bytes.remaining() > settings.maxMessageBytes() ? Optional.empty() : Optional.of(bytes);
    }

    private static Compression compression(LogSettings settings) {
        CompressionType codec = settings.compression();
        if (codec == null) {
            throw new AssertionError("this topic keeps batches as they come");
        }
        int level = settings.compressionLevel();
        return switch (codec) {
            case GZIP ->
                Compression.gzip()
                        .level(level == 0 ? codec.defaultLevel() : level)
                        .build();
            case LZ4 ->
                Compression.lz4()
                        .level(level == 0 ? codec.defaultLevel() : level)
                        .build();
            case ZSTD ->
                Compression.zstd()
                        .level(level == 0 ? codec.defaultLevel() : level)
                        .build();
            case SNAPPY -> Compression.snappy().build();
            case NONE -> Compression.NONE;
        };
    }
}
