package dwal.log;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * What became of an append.
 *
 * @param error {@code NONE}, or why nothing was appended
 * @param message for people, when there is an error; says what to do
 * @param recordErrors the records at fault, when single ones can be named
 * @param baseOffset offset of the first record, or -1
 * @param lastOffset offset of the last record, or -1
 * @param logAppendTimeMs the time given to all records if the topic uses LogAppendTime, else -1
 * @param logStartOffset first offset of the log
 * @param duplicate whether these records were there already (idempotent producer) and have kept their offsets
 */
public record AppendOutcome(
        Errors error,
        @Nullable String message,
        List<RecordError> recordErrors,
        long baseOffset,
        long lastOffset,
        long logAppendTimeMs,
        long logStartOffset,
        boolean duplicate) {

    /** The record at {@code index} of its batch (counted over the request's batches) is at fault. */
    public record RecordError(int index, String message) {}

    /** Records are in the log at these offsets. */
    public static AppendOutcome appended(
            long baseOffset, long lastOffset, long logAppendTimeMs, long logStartOffset, boolean duplicate) {
        return new AppendOutcome(
                Errors.NONE, null, List.of(), baseOffset, lastOffset, logAppendTimeMs, logStartOffset, duplicate);
    }

    /** Nothing was appended. */
    public static AppendOutcome refused(Errors error, String message) {
        return refused(error, message, List.of());
    }

    /** Nothing was appended, because of these records. */
    public static AppendOutcome refused(Errors error, String message, List<RecordError> recordErrors) {
        return new AppendOutcome(error, message, recordErrors, -1, -1, RecordBatch.NO_TIMESTAMP, -1, false);
    }
}
