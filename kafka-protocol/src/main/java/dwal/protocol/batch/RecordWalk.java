package dwal.protocol.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the records of a batch without making objects of them, to see that consumers will be able to: lengths,
 * counts, offset deltas, keys and timestamps. Compressed records are inflated and thrown away, in one go if they are few ({@link BatchInflation}),
 * else window by window and within a bound, so that a small batch that inflates without measure costs bounded time and no
 * memory.
 *
 * <p>Not thread-safe; keep one per thread, it holds the codecs' buffers.
 */
public final class RecordWalk {
    /** At most so many records at fault are named. */
    private static final int FAULTS_NAMED = 100;

    private static final int SNAPPY = 2;
    private static final Compression[] CODECS = {
        Compression.NONE,
        Compression.of(CompressionType.GZIP).build(),
        Compression.of(CompressionType.SNAPPY).build(),
        Compression.of(CompressionType.LZ4).build(),
        Compression.of(CompressionType.ZSTD).build()
    };

    /** A record that the rules do not allow: its place in the batch, and why. */
    public record Fault(int index, String message) {}

    /** Why a batch must not be taken. */
    public record Refusal(Errors error, String message, List<Fault> faults) {}

    private final RecordBytes bytes = new RecordBytes();
    private final PlainRecords quick = new PlainRecords();
    private final BatchInflation inflation = new BatchInflation();
    private final BufferSupplier buffers = BufferSupplier.create();
    private long maxTimestampMs;
    private long walkedBytes;
    private @Nullable List<Fault> faults;
    private boolean timeFault;

    /** Whether there is a codec of this number. */
    public static boolean knowsCodec(int codec) {
        return codec < CODECS.length;
    }

    /** The greatest record timestamp that the last walk saw, or -1. */
    public long maxTimestampMs() {
        return maxTimestampMs;
    }

    /** How many bytes of records, inflated if need be, the last walk stepped over. */
    public long walkedBytes() {
        return walkedBytes;
    }

    /**
     * Steps through the records of {@code batch}, which lies whole in its buffer and whose codec is known; gives null if
     * all is well.
     */
    public @Nullable Refusal walk(BatchView batch, RecordRules rules) {
        maxTimestampMs = -1;
        faults = null;
        timeFault = false;
        try {
            if (batch.isCompressed()) {
                walkInflated(batch, rules);
            } else {
                bytes.plain(batch.buffer(), batch.recordsStart(), batch.end());
                walkRecords(batch, rules);
            }
        } catch (MalformedBatchException e) {
            return new Refusal(e.error(), e.getMessage() + ": " + batch.describe(), List.of());
        } catch (IOException | RuntimeException e) {
            // The codecs say what they find wrong with all kinds of exceptions.
            return new Refusal(
                    Errors.CORRUPT_MESSAGE,
                    "the compressed records cannot be inflated (" + e + "): " + batch.describe(),
                    List.of());
        } finally {
            walkedBytes = bytes.given();
            bytes.done();
        }
        List<Fault> found = faults;
        if (found == null) {
            return null;
        }
        return timeFault
                ? new Refusal(Errors.INVALID_TIMESTAMP, count(found) + " a timestamp out of range", found)
                : new Refusal(Errors.INVALID_RECORD, count(found) + " no key", found);
    }

    private static String count(List<Fault> found) {
        return found.size() == 1 ? "1 record has" : found.size() + " records have";
    }

    private void walkInflated(BatchView batch, RecordRules rules) throws IOException, MalformedBatchException {
        ByteBuffer inflated = inflation.inflate(batch, rules.inflatedBytesLimit());
        if (inflated != null) {
            bytes.plain(inflated, 0, inflated.limit());
            walkRecords(batch, rules);
            return;
        }
        ByteBuffer compressed = batch.buffer().duplicate().limit(batch.end()).position(batch.recordsStart());
        if (batch.codec() == SNAPPY) {
            SnappyChunks.check(compressed);
        }
        try (InputStream stream = CODECS[batch.codec()].wrapForInput(compressed, BatchView.MAGIC, buffers)) {
            bytes.inflated(stream, rules.inflatedBytesLimit());
            walkRecords(batch, rules);
        } catch (KafkaException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void walkRecords(BatchView batch, RecordRules rules) throws IOException, MalformedBatchException {
        int count = batch.recordCount();
        long baseTimestamp = batch.baseTimestamp();
        boolean plain = bytes.arePlain();
        for (int i = 0; i < count; i++) {
            if (plain) {
                i = stepQuickly(batch, rules, i);
                if (i == count) {
                    break;
                }
            }
            int length = bytes.varint();
            if (length < 0 || length > bytes.remainingAtMost()) {
                throw invalid("record " + i + " says it has " + length + " bytes, which are not there");
            }
            long end = bytes.given() + length;
            bytes.skip(1);
            long timestamp = baseTimestamp + bytes.varlong();
            int offsetDelta = bytes.varint();
            if (offsetDelta != i) {
                throw invalid("record " + i + " has offset delta " + offsetDelta);
            }
            int keyLength = bytes.varint();
            skipField(keyLength, end);
            skipField(bytes.varint(), end);
            skipHeaders(end);
            if (bytes.given() != end) {
                throw invalid("the fields of record " + i + " do not fill its " + length + " bytes");
            }
            if (timestamp > maxTimestampMs) {
                maxTimestampMs = timestamp;
            }
            if (keyLength < 0 && rules.keysNeeded()) {
                fault(i, "This topic is compacted and takes only records with a key");
            } else if ((timestamp < rules.earliestMs() || timestamp > rules.latestMs()) && timestamp != -1) {
                timeFault = true;
                fault(
                        i,
                        "Timestamp " + timestamp + " is out of range: " + rules.earliestMs() + " to " + rules.latestMs()
                                + " are taken");
            }
        }
        if (!bytes.atEnd()) {
            throw invalid("bytes are left behind the last record");
        }
    }

    /** Steps over what needs no closer look, from record {@code i} on; gives the number of the record that does. */
    private int stepQuickly(BatchView batch, RecordRules rules, int i) {
        quick.step(bytes.window(), bytes.position(), bytes.windowEnd(), batch, i, rules);
        bytes.moveTo(quick.position());
        maxTimestampMs = Math.max(maxTimestampMs, quick.maxTimestampMs());
        return quick.index();
    }

    private void skipHeaders(long end) throws IOException, MalformedBatchException {
        int headers = bytes.varint();
        if (headers < 0 || headers > end - bytes.given()) {
            throw invalid("a record says it has " + headers + " headers");
        }
        for (int h = 0; h < headers; h++) {
            int keyLength = bytes.varint();
            if (keyLength < 0) {
                throw invalid("a header has no key");
            }
            skipField(keyLength, end);
            skipField(bytes.varint(), end);
        }
    }

    private void skipField(int length, long end) throws IOException, MalformedBatchException {
        if (length > 0) {
            if (length > end - bytes.given()) {
                throw invalid("a field reaches beyond its record");
            }
            bytes.skip(length);
        } else if (length < -1) {
            throw invalid("a field has length " + length);
        }
    }

    private void fault(int index, String message) {
        List<Fault> found = faults;
        if (found == null) {
            found = new ArrayList<>();
            faults = found;
        }
        if (found.size() < FAULTS_NAMED) {
            found.add(new Fault(index, message));
        }
    }

    private static MalformedBatchException invalid(String message) {
        return new MalformedBatchException(Errors.INVALID_RECORD, message);
    }
}
