package dwal.log;

import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/** Tells in lines of text what is in batches. One thread. */
public final class LogDump {

    /** How much to tell. */
    public enum Detail {
        /** A line for each batch. */
        BATCHES,
        /** And one for each record: sizes, not contents. */
        RECORDS,
        /** With keys and values. */
        CONTENTS
    }

    /** Told by their numbers: a record must not break a line, nor give orders to a terminal. */
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f]");

    private final Detail detail;
    private final Consumer<String> lines;
    private @Nullable Path lastFile;

    LogDump(Detail detail, Consumer<String> lines) {
        this.detail = detail;
        this.lines = lines;
    }

    void batch(Path file, BatchView batch, int position) {
        if (!file.equals(lastFile)) {
            lastFile = file;
            lines.accept(file.toString());
        }
        var line = new StringBuilder()
                .append("offsets ")
                .append(batch.baseOffset())
                .append(" to ")
                .append(batch.lastOffset())
                .append(" position ")
                .append(position)
                .append(" bytes ")
                .append(batch.sizeInBytes())
                .append(" records ")
                .append(batch.recordCount())
                .append(" codec ")
                .append(codec(batch.codec()))
                .append(batch.isLogAppendTime() ? " append-time " : " create-time ")
                .append(batch.maxTimestamp())
                .append(" epoch ")
                .append(batch.leaderEpoch());
        if (batch.hasProducerId()) {
            line.append(" producer ").append(batch.producerId()).append('/').append(batch.producerEpoch());
            line.append(" sequences ")
                    .append(batch.baseSequence())
                    .append(" to ")
                    .append(batch.lastSequence());
        }
        line.append(batch.isTransactional() ? " transactional" : "").append(batch.isControl() ? " control" : "");
        lines.accept(line.toString());
        if (detail != Detail.BATCHES) {
            records(batch);
        }
    }

    private static String codec(int number) {
        return number <= CompressionType.ZSTD.id
                ? CompressionType.forId(number).name().toLowerCase(Locale.ROOT)
                : "unknown(" + number + ")";
    }

    private void records(BatchView batch) {
        ByteBuffer bytes = batch.buffer()
                .duplicate()
                .limit(batch.end())
                .position(batch.start())
                .slice();
        try {
            for (Record record : MemoryRecords.readableRecords(bytes).records()) {
                lines.accept(
                        "  offset " + record.offset() + " time " + record.timestamp() + " key " + size(record.keySize())
                                + " value " + size(record.valueSize()) + " headers " + record.headers().length
                                + (batch.isControl() ? " " + ControlRecordType.parse(record.key()) : contents(record)));
            }
        } catch (RuntimeException e) {
            lines.accept("  cannot be read: " + e);
        }
    }

    private static String size(int bytes) {
        return bytes < 0 ? "null" : Integer.toString(bytes);
    }

    private String contents(Record record) {
        return detail == Detail.CONTENTS ? " key=" + text(record.key()) + " value=" + text(record.value()) : "";
    }

    private static String text(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? "null"
                : CONTROL.matcher(StandardCharsets.UTF_8.decode(bytes.duplicate()))
                        .replaceAll(found ->
                                String.format("\\\\u%04x", (int) found.group().charAt(0)));
    }
}
