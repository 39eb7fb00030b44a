package dwal.log;

import dwal.log.Submission.Admitted;
import dwal.log.Submission.Refused;
import dwal.protocol.batch.BatchView;
import dwal.protocol.batch.RecordRules;
import dwal.protocol.batch.RecordWalk;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a client's records may enter a log, and brings them into the form in which they do: checks, timestamps,
 * and the topic's codec. One per thread, for it holds the codecs' buffers.
 */
final class Admission {
    private static final int LEGACY_MAGIC_END = 17;
    private static final int SMALLEST_LEGACY_BATCH = 14;
    /**
     * A compressed batch may inflate to so many times max.message.bytes (1 MiB if that is less). This bounds how long a batch made
     * for the purpose holds up the thread. Most clients bound their batches before compression and stay far below; Java's bounds
     * what it expects them to be compressed to, and may get here with records that are nearly all the same: told that a batch is
     * too large, it splits it and sends it again.
     */
    private static final long INFLATION_LIMIT = 128;

    private final RecordValidation validation;
    private final BatchView view = new BatchView();
    private final CRC32C crc = new CRC32C();
    private final RecordWalk walk = new RecordWalk();

    Admission(RecordValidation validation) {
        this.validation = validation;
    }

    CRC32C crc() {
        return crc;
    }

    /**
     * Looks at what a client sent: the bytes between position and limit of {@code bytes}, which it may change. Null if that
     * would take more than {@code budget} allows.
     */
    @Nullable
    Submission admit(ByteBuffer bytes, LogSettings settings, long wallMs, InflationBudget budget) {
        AppendOutcome refusal = refuseFraming(bytes);
        if (refusal == null) {
            refusal = refuseHeader(settings);
        }
        if (refusal != null) {
            return new Refused(refusal);
        }
        CompressionType codec = settings.compression();
        boolean recompresses = codec != null && codec.id != view.codec();
        if (recompresses && !budget.mayCompress()) {
            return null;
        }
        boolean byAppendTime = settings.timestampType() == TimestampType.LOG_APPEND_TIME;
        boolean walked = recompresses || mustWalk(settings);
        boolean inflates = walked && view.isCompressed();
        long limit = INFLATION_LIMIT * Math.max(settings.maxMessageBytes(), 1 << 20);
        long allowance = inflates ? Math.min(limit, budget.allowance(view.sizeInBytes(), view.codec())) : limit;
        RecordRules rules = rules(settings, wallMs, byAppendTime, allowance);
        RecordWalk.Refusal fault = walked ? walk.walk(view, rules) : null;
        if (inflates) {
            if (fault != null && fault.error() == Errors.MESSAGE_TOO_LARGE && allowance < limit) {
                return null;
            }
            budget.inflated(walk.walkedBytes(), view.codec());
        }
        if (!walked && !byAppendTime && isOutOfRange(view.maxTimestamp(), rules)) {
            return new Refused(AppendOutcome.refused(
                    Errors.INVALID_TIMESTAMP, "The greatest timestamp is out of range: " + view.maxTimestamp()));
        }
        if (fault != null) {
            return new Refused(AppendOutcome.refused(
                    fault.error(),
                    fault.message(),
                    fault.faults().stream()
                            .map(f -> new AppendOutcome.RecordError(f.index(), f.message()))
                            .toList()));
        }
        long stamp = byAppendTime ? wallMs : -1;
        if (recompresses) {
            return Recompression.of(view, settings, wallMs)
                    .<Submission>map(other -> new Admitted(other, stamp))
                    .orElseGet(() -> new Refused(tooLarge("after recompression", settings)));
        }
        if (byAppendTime) {
            view.setMaxTimestamp(true, wallMs, crc);
        } else if (walked && (view.isLogAppendTime() || view.maxTimestamp() != walk.maxTimestampMs())) {
            view.setMaxTimestamp(false, walk.maxTimestampMs(), crc);
        }
        return new Admitted(bytes, stamp);
    }

    /** Whether the records must be looked at one by one: always if that is cheap, or if something depends on them. */
    private boolean mustWalk(LogSettings settings) {
        return validation == RecordValidation.FULL
                || !view.isCompressed()
                || view.isLogAppendTime()
                || settings.compacts();
    }

    private static boolean isOutOfRange(long timestampMs, RecordRules rules) {
        return timestampMs != -1 && (timestampMs < rules.earliestMs() || timestampMs > rules.latestMs());
    }

    private static RecordRules rules(LogSettings settings, long wallMs, boolean byAppendTime, long inflatedBytesLimit) {
        long earliest = Long.MIN_VALUE;
        long latest = Long.MAX_VALUE;
        if (!byAppendTime) {
            long before = settings.timestampBeforeMaxMs();
            long after = settings.timestampAfterMaxMs();
            earliest = before > wallMs ? Long.MIN_VALUE : wallMs - before;
            latest = after > Long.MAX_VALUE - wallMs ? Long.MAX_VALUE : wallMs + after;
        }
        return new RecordRules(settings.compacts(), earliest, latest, inflatedBytesLimit);
    }

    /** Exactly one whole batch of format 2. */
    private @Nullable AppendOutcome refuseFraming(ByteBuffer bytes) {
        int start = bytes.position();
        int length = bytes.limit() - start;
        view.over(bytes, start);
        if (length < LEGACY_MAGIC_END) {
            return AppendOutcome.refused(
                    Errors.INVALID_RECORD,
                    "A partition's records must be one whole record batch, not " + length + " bytes");
        }
        int size = view.sizeInBytes();
        byte magic = view.magic();
        if (size < SMALLEST_LEGACY_BATCH || magic < 0 || magic > BatchView.MAGIC) {
            return AppendOutcome.refused(Errors.CORRUPT_MESSAGE, "These bytes are no record batch: " + describe());
        }
        if (magic != BatchView.MAGIC) {
            return AppendOutcome.refused(
                    Errors.INVALID_RECORD,
                    "Only record batches of format 2 are taken, not " + magic
                            + ": use a client of Kafka 0.11 or later");
        }
        if (size > length) {
            return AppendOutcome.refused(
                    Errors.INVALID_RECORD, "Only " + length + " bytes came of a batch of " + size + " bytes");
        }
        if (size < BatchView.HEADER_BYTES) {
            return AppendOutcome.refused(Errors.CORRUPT_MESSAGE, "The batch is smaller than its header");
        }
        if (size < length) {
            return AppendOutcome.refused(
                    Errors.INVALID_RECORD, "A partition's records must be exactly one record batch, but more follows");
        }
        return null;
    }

    private String describe() {
        return "size " + view.sizeInBytes() + ", magic " + view.magic();
    }

    private @Nullable AppendOutcome refuseHeader(LogSettings settings) {
        if (view.baseOffset() != 0) {
            return invalid("base offset must be 0, the broker assigns offsets");
        }
        if (view.sizeInBytes() > settings.maxMessageBytes()) {
            return tooLarge("of " + view.sizeInBytes() + " bytes", settings);
        }
        int found = view.computeCrc(crc);
        if (found != view.storedCrc()) {
            return AppendOutcome.refused(
                    Errors.CORRUPT_MESSAGE,
                    "The batch's checksum is wrong: it says " + Integer.toHexString(view.storedCrc())
                            + ", its bytes give " + Integer.toHexString(found) + "; it was damaged on its way");
        }
        if (!RecordWalk.knowsCodec(view.codec())) {
            return AppendOutcome.refused(
                    Errors.UNSUPPORTED_COMPRESSION_TYPE, "There is no codec of number " + view.codec());
        }
        if (view.recordCount() <= 0 || view.lastOffsetDelta() != view.recordCount() - 1) {
            return invalid(
                    "the number of records and the last offset delta " + view.lastOffsetDelta() + " do not agree");
        }
        if (view.isControl()) {
            return invalid("clients may not write control records");
        }
        if (view.hasProducerId() && view.baseSequence() < 0) {
            return invalid("sequence " + view.baseSequence() + " of an idempotent producer is negative");
        }
        if (view.isLogAppendTime() && settings.timestampType() == TimestampType.LOG_APPEND_TIME) {
            return AppendOutcome.refused(
                    Errors.INVALID_TIMESTAMP,
                    "The timestamp type LogAppendTime is set by the broker, not by producers");
        }
        return null;
    }

    private AppendOutcome invalid(String why) {
        return AppendOutcome.refused(Errors.INVALID_RECORD, view.describe() + ": " + why);
    }

    private static AppendOutcome tooLarge(String what, LogSettings settings) {
        return AppendOutcome.refused(
                Errors.MESSAGE_TOO_LARGE,
                "A batch " + what + " exceeds max.message.bytes, which is " + settings.maxMessageBytes());
    }

    /** An outcome for records that were there before. */
    static AppendOutcome duplicate(ProducerEntry.Batch batch, long logStartOffset) {
        return AppendOutcome.appended(
                batch.firstOffset(),
                batch.lastOffset(),
                batch.timestampMs() < 0 ? RecordBatch.NO_TIMESTAMP : batch.timestampMs(),
                logStartOffset,
                true);
    }
}
