package dwal.log;

import dwal.environment.NotOpenedException;
import dwal.log.Submission.Admitted;
import dwal.log.Submission.Refused;
import dwal.log.Submission.Unchecked;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches into one log: those of a leader's clients and coordinators, which get their offsets here, and on a follower those
 * that its leader sent. Checks come first; a write that fails is undone. Belongs to the partition's strand.
 */
final class LogAppends {
    private final LogStore store;
    private final TopicIdPartition partition;
    private final Path directory;
    private final LogState state;
    private final LogTail tail;
    private final LogSync sync;
    private final LogHealth health;
    private final CheckpointSchedule schedule;
    private final LateRetries lateRetries;
    private final BatchView batch = new BatchView();

    LogAppends(
            LogStore store,
            TopicIdPartition partition,
            Path directory,
            LogState state,
            LogTail tail,
            LogSync sync,
            LogHealth health,
            CheckpointSchedule schedule) {
        this.store = store;
        this.partition = partition;
        this.directory = directory;
        this.state = state;
        this.tail = tail;
        this.sync = sync;
        this.health = health;
        this.schedule = schedule;
        this.lateRetries = new LateRetries(state, store.readScratch());
    }

    /** As {@link PartitionLog#append}, to a log that is open. */
    AppendOutcome append(Submission records, int leaderEpoch, LogSettings now) {
        if (records instanceof Unchecked unchecked) {
            return unchecked.origin() == AppendOrigin.CLIENT
                    ? append(store.check(unchecked.bytes(), now), leaderEpoch, now)
                    : appendTrusted(unchecked, leaderEpoch, now);
        }
        if (records instanceof Refused refused) {
            return refused.outcome();
        }
        Admitted admitted = (Admitted) records;
        long first = state.endOffset();
        place(admitted.bytes(), first, leaderEpoch, -1);
        return append(admitted.bytes(), AppendOrigin.CLIENT, first, admitted.logAppendTimeMs(), now);
    }

    private AppendOutcome appendTrusted(Unchecked records, int leaderEpoch, LogSettings now) {
        long stampMs = now.timestampType() == TimestampType.LOG_APPEND_TIME
                ? store.clock().wallMs()
                : -1;
        long first = state.endOffset();
        place(records.bytes(), first, leaderEpoch, stampMs);
        return append(records.bytes(), records.origin(), first, stampMs, now);
    }

    private AppendOutcome append(
            ByteBuffer bytes, AppendOrigin origin, long first, long logAppendTimeMs, LogSettings now) {
        AppendOutcome other = refuseOrDuplicate(bytes, origin, now);
        return other != null
                ? other
                : write(bytes, first, batch.lastOffset(), now, store.clock().wallMs(), logAppendTimeMs);
    }

    /** Gives each batch its offsets. */
    private void place(ByteBuffer bytes, long first, int leaderEpoch, long stampMs) {
        long offset = first;
        for (int at = bytes.position(); at < bytes.limit(); at = batch.end()) {
            batch.over(bytes, at);
            batch.place(offset, leaderEpoch);
            if (stampMs >= 0) {
                batch.setMaxTimestamp(true, stampMs, store.admission().crc());
            }
            offset = batch.nextOffset();
        }
    }

    private @Nullable AppendOutcome refuseOrDuplicate(ByteBuffer bytes, AppendOrigin origin, LogSettings now) {
        int length = bytes.remaining();
        if (length > now.segmentBytes()) {
            return AppendOutcome.refused(
                    Errors.RECORD_LIST_TOO_LARGE,
                    "A batch of " + length + " bytes does not fit into segment.bytes, which is " + now.segmentBytes());
        }
        for (int at = bytes.position(); at < bytes.limit(); at = batch.end()) {
            batch.over(bytes, at);
            if (!batch.hasProducerId()) {
                continue;
            }
            Producers.Verdict verdict = state.producers().judge(batch, origin);
            if (verdict instanceof Producers.Verdict.Earlier earlier) {
                ProducerEntry.Batch found = lateRetries.find(batch, earlier.entry());
                verdict = found == null ? earlier.otherwise() : new Producers.Verdict.Duplicate(found);
            }
            if (verdict instanceof Producers.Verdict.Duplicate duplicate) {
                return Admission.duplicate(duplicate.batch(), state.startOffset());
            }
            if (verdict instanceof Producers.Verdict.Refuse refuse) {
                return AppendOutcome.refused(refuse.error(), refuse.message());
            }
        }
        return refuseWhereFull(length);
    }

    private @Nullable AppendOutcome refuseWhereFull(int length) {
        return store.diskSpace().take(length)
                ? null
                : AppendOutcome.refused(
                        Errors.KAFKA_STORAGE_ERROR, store.diskSpace().refusal());
    }

    private AppendOutcome write(
            ByteBuffer bytes, long first, long last, LogSettings now, long wallMs, long logAppendTimeMs) {
        try {
            tail.write(bytes, first, last, now, wallMs);
        } catch (IOException e) {
            return writeFailed(e, bytes.remaining());
        }
        written(last - first + 1, bytes.remaining(), now);
        return AppendOutcome.appended(first, last, logAppendTimeMs, state.startOffset(), false);
    }

    /** So much was written: it is synced, and a checkpoint is made, when it is time. */
    private void written(long records, int bytes, LogSettings now) {
        store.metrics().appended(records, bytes);
        sync.appended(now, state.endOffset());
        schedule.changed(bytes, now);
    }

    /** As {@link PartitionLog#appendAsFollower}, to a log that is open. */
    AppendOutcome appendAsFollower(ByteBuffer records, int leaderEpoch, LogSettings now) {
        long end = state.endOffset();
        var batches = new LeaderBatches(
                records, store.admission().crc(), end, state.epochs().latest().orElse(-1));
        String fault = batches.fault(leaderEpoch, tail.isEmpty());
        ByteBuffer good = batches.good();
        AppendOutcome refusal = good.hasRemaining() ? refuseWhereFull(good.remaining()) : null;
        if (refusal == null && batches.skipsOffsets() && !state.mayHaveGaps()) {
            refusal = allowGaps();
        }
        if (refusal != null) {
            return refusal;
        }
        AppendOutcome outcome = writeRuns(good, now);
        return fault == null || outcome.error() != Errors.NONE
                ? outcome
                : AppendOutcome.refused(Errors.CORRUPT_MESSAGE, fault);
    }

    /** Before the first batch that skips offsets is written: else the next start would take them for lost. */
    private @Nullable AppendOutcome allowGaps() {
        try {
            PartitionMetadata.allowGaps(store.disk(), directory, partition);
            state.setMayHaveGaps(true);
            return null;
        } catch (IOException e) {
            return writeFailed(e, 1);
        }
    }

    private AppendOutcome writeRuns(ByteBuffer good, LogSettings now) {
        long first = state.endOffset();
        AppendOutcome failure = null;
        try {
            tail.writeRuns(good, now);
        } catch (IOException e) {
            failure = writeFailed(e, good.remaining());
        }
        if (state.endOffset() > first) {
            written(state.endOffset() - first, good.remaining(), now);
        }
        return failure != null
                ? failure
                : AppendOutcome.appended(first, state.endOffset() - 1, -1, state.startOffset(), false);
    }

    private AppendOutcome writeFailed(IOException e, int bytes) {
        store.diskSpace().failed(bytes);
        try {
            // Where the file could not be opened nothing was written, and it could not be opened to be cut either.
            if (!(e instanceof NotOpenedException)) {
                tail.undo();
            }
        } catch (IOException e2) {
            String reason = "A write to " + directory + " failed (" + e + ") and could not be undone (" + e2 + ")";
            health.failDirectory(reason);
            return AppendOutcome.refused(Errors.KAFKA_STORAGE_ERROR, reason);
        }
        store.failedWrites().note(directory, e);
        return AppendOutcome.refused(
                Errors.KAFKA_STORAGE_ERROR, "Writing to the disk failed, nothing was appended: " + e.getMessage());
    }
}
