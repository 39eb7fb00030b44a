package dwal.log;

import dwal.log.index.IndexException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's log on this node.
 *
 * <p>Costs nothing until {@link #open}. Methods that change it belong to the partition's strand; reads may come from any
 * thread and see what {@link LogState} has published by then. Appends are in {@link LogAppends}, cuts in {@link LogCuts},
 * reads in {@link LogReads}, syncs in {@link LogSync}, and whether it can be used at all in {@link LogHealth}.
 */
public final class PartitionLog {

    private static final Logger log = LoggerFactory.getLogger(PartitionLog.class);

    private final LogStore store;
    private final TopicIdPartition partition;
    private final Path directory;
    private final LogState state = new LogState();
    private final PartitionIndex index;
    private final LogReads reads;
    private final LogSync sync;
    private final LogTail tail;
    private final Checkpoints checkpoints;
    private final CheckpointSchedule schedule;
    private final LogHealth health;
    private final LogAppends appends;
    private final LogCuts cuts;
    private final LogStart start;
    private final DamageSearch damageSearch;

    private volatile LogSettings settings;
    private volatile @Nullable LogListener listener;
    private volatile boolean opened;
    private volatile boolean begun;

    PartitionLog(LogStore store, TopicIdPartition partition, LogSettings settings) {
        this.store = store;
        this.partition = partition;
        this.settings = settings;
        this.directory = LogFiles.directoryOf(store.dataDirectory(), partition.topicPartition());
        this.index = new PartitionIndex(store::index, partition);
        this.sync = new LogSync(store, directory, state, new SyncOutcome());
        this.tail = new LogTail(store, partition, directory, state, index, sync);
        this.checkpoints = new Checkpoints(index, state, sync::through);
        this.schedule = new CheckpointSchedule(store, this);
        this.health = new LogHealth(store, partition, this::tellFailed);
        this.appends = new LogAppends(store, partition, directory, state, tail, sync, health, schedule);
        this.cuts = new LogCuts(store, partition, directory, state, index, sync, checkpoints, health, schedule);
        this.start = new LogStart(this, store, state, checkpoints, schedule);
        var reader = new LogReader(state, store.readScratch());
        this.damageSearch = new DamageSearch(this, state, health, reader, store.blocking());
        this.reads = new LogReads(partition, reader, damageSearch);
    }

    /** Which partition. */
    public TopicIdPartition partition() {
        return partition;
    }

    /**
     * Opens the files, reading what was written since the last checkpoint: blocks, any thread, before anything below; calling it
     * again does nothing. {@code NONE}, or {@code KAFKA_STORAGE_ERROR} when the log is damaged (the node's log says where).
     */
    public synchronized Errors open() {
        if (!opened) {
            opened = true;
            String failure = store.failure();
            if (failure != null) {
                health.goOffline(failure);
                return status();
            }
            store.awaitDeletionBefore(this, directory);
            try {
                LogOpening.open(store, partition, directory, settings, state, index)
                        .forEach(sync::rolled);
                checkpoints.startAt(state.syncedOffset());
            } catch (DamagedLogException | IOException e) {
                state.clear();
                health.cannotBeOpened(e);
            }
            if (health.whyOffline() == null && state.syncedOffset() < state.endOffset()) {
                schedule.changed(0, settings);
                sync.request();
            }
        }
        return status();
    }

    /** Whether an append waits for no sync: the log has its directory, or takes no records. */
    public boolean isBegun() {
        return begun || state.tail() != null || health.whyOffline() != null;
    }

    /**
     * Makes the directory, of a log without records, and notes in it whose it is: blocks, any thread, after {@link #open}. If
     * that fails the first append tries it again, and says what is wrong.
     */
    public synchronized void begin() {
        if (!isBegun()) {
            try {
                PartitionMetadata.create(store.disk(), directory, partition);
                begun = true;
            } catch (IOException e) {
                log.debug("{} cannot be begun yet: {}", directory, e.toString());
            }
        }
    }

    // ---- on the partition's strand

    /** Sets who is told; once, before anything else. */
    public void setListener(LogListener listener) {
        this.listener = listener;
        String reason = health.whyOffline();
        if (reason != null) {
            store.blocking().execute(() -> listener.failed(reason));
        }
    }

    /** Checks {@code records} and appends them, as below. */
    public AppendOutcome append(MemoryRecords records, AppendOrigin origin, int leaderEpoch) {
        return append(new Submission.Unchecked(records.buffer(), origin), leaderEpoch);
    }

    /**
     * Appends {@code records}, with offsets from the log end on and {@code leaderEpoch} in their headers (both patched in place).
     * The bytes are in the file when this returns, unless the outcome has an error; they may not be synced yet.
     */
    public AppendOutcome append(Submission records, int leaderEpoch) {
        AppendOutcome refusal = refuseOffline();
        return refusal != null ? refusal : appends.append(records, leaderEpoch, settings);
    }

    /** Begins a new segment behind {@code last}. */
    void roll(Segment last) throws IOException {
        tail.roll(last, settings);
    }

    /**
     * Appends what the leader of {@code leaderEpoch} sent, as it is, after checking it; an incomplete batch at the end is left
     * out. Else as {@link #append}. With {@code CORRUPT_MESSAGE} the batches before the bad one may have been appended.
     */
    public AppendOutcome appendAsFollower(ByteBuffer records, int leaderEpoch) {
        AppendOutcome refusal = refuseOffline();
        return refusal != null ? refusal : appends.appendAsFollower(records, leaderEpoch, settings);
    }

    private @Nullable AppendOutcome refuseOffline() {
        if (!opened) {
            throw new AssertionError("append to " + partition + " before it was opened");
        }
        String reason = health.whyOffline();
        return reason == null ? null : AppendOutcome.refused(Errors.KAFKA_STORAGE_ERROR, reason);
    }

    /**
     * Removes the records at or behind {@code offset} (and what shares a batch with it), and all that was noted of them.
     * May wait for the disk. {@code NONE}, or {@code KAFKA_STORAGE_ERROR} when the log is offline.
     */
    public Errors truncateTo(long offset) {
        return cuts.truncateTo(offset, settings);
    }

    /** Drops all records; the log goes on, empty, at {@code offset}. Otherwise as {@link #truncateTo}. */
    public Errors startOver(long offset) {
        return cuts.startOver(offset, settings);
    }

    /** Damage was found at a place that {@code where} tells, of a log in use: it goes offline; on the strand. */
    public void damagedAt(String where) {
        health.damagedAt(where);
    }

    /** Whether damage was found, when it was opened, read or to be cut, of a kind that no crash explains. */
    public boolean isDamaged() {
        return health.isDamaged();
    }

    /**
     * Drops a damaged log, which is then empty and starts at offset 0: only for a replica that can fetch it anew. May wait
     * for the disk.
     */
    public Errors dropDamaged() {
        return cuts.dropDamaged(settings);
    }

    /** A leader of {@code epoch} begins at the log's end: the epoch's history knows it before its first record (KIP-101). */
    public void beginEpoch(int epoch) {
        state.setEpochs(state.epochs().with(epoch, state.endOffset()));
    }

    /** Notes the high watermark, to be kept with the next checkpoint; never lowers it. */
    public void updateHighWatermark(long highWatermark) {
        if (highWatermark > state.highWatermark()) {
            state.setHighWatermark(highWatermark);
        }
    }

    /**
     * Raises the log start offset to {@code offset}, deletes segments that lie below; bounded by the caller. {@code done}
     * is called on the strand, once that outlives a crash: readers do not see the new start before.
     */
    public void deleteRecordsBefore(long offset, Consumer<AppendOutcome> done) {
        if (offset > state.endOffset()) {
            done.accept(AppendOutcome.refused(
                    Errors.OFFSET_OUT_OF_RANGE, "The log of " + partition + " ends at " + state.endOffset()));
            return;
        }
        start.raise(
                offset,
                problem -> done.accept(
                        problem == null
                                ? AppendOutcome.appended(-1, -1, -1, state.startOffset(), false)
                                : AppendOutcome.refused(Errors.KAFKA_STORAGE_ERROR, problem)));
    }

    /** Applies retention, forgets expired producers; cheap when there is nothing to do. */
    public void maintain(long wallMs) {
        if (!opened || health.whyOffline() != null) {
            return;
        }
        state.producers().expire(wallMs - store.producerExpiryMs());
        start.retain(settings, wallMs);
    }

    /** Takes new settings. */
    public void updateSettings(LogSettings settings) {
        this.settings = settings;
    }

    /** As last taken; any thread. */
    public LogSettings settings() {
        return settings;
    }

    // ---- on blocking threads

    /** Has {@code task} run on the strand. */
    void onStrand(Runnable task) {
        LogListener told = listener;
        if (told == null) {
            task.run();
        } else {
            told.onStrand(task);
        }
    }

    /** Has {@code publish} run on the strand. */
    void startKept(Runnable publish) {
        LogListener told = listener;
        if (told == null) {
            publish.run();
        } else {
            told.startKept(publish);
        }
    }

    private final class SyncOutcome implements LogSync.Outcome {
        @Override
        public void synced(long offset) {
            LogListener told = listener;
            if (told != null) {
                told.synced(offset);
            }
        }

        @Override
        public void syncFailed(IOException failure) {
            String reason = "A sync of " + directory + " failed, so what was written last may be lost (" + failure
                    + "): check the disk, then restart";
            health.failDirectory(reason);
        }
    }

    /** Writes a checkpoint of what has changed; it counts after the next flush of the index. */
    void checkpoint() {
        schedule.begins();
        if (opened && health.whyOffline() == null) {
            String problem = saveCheckpoint();
            if (problem != null) {
                log.warn("No checkpoint of {}, its next start will take longer: {}", partition, problem);
            }
        }
    }

    /** Where the log starts, or is to start once that outlives a crash. */
    long keptStartOffset() {
        return checkpoints.startOffset();
    }

    /** As {@link #checkpoint}; gives what went wrong, or null. */
    @Nullable
    String saveCheckpoint() {
        String reason = health.whyOffline();
        if (reason != null) {
            return reason;
        }
        try {
            checkpoints.save();
            sync.tell();
            return null;
        } catch (IOException e) {
            return e.toString();
        } catch (IndexException e) {
            return e.getMessage();
        }
    }

    /** Closes the files for good. */
    void close() {
        Place end = state.tail();
        if (end != null && health.whyOffline() == null) {
            try {
                end.segment().seal();
            } catch (IOException e) {
                log.warn("What was reserved behind {} stays reserved: {}", end.segment(), e.toString());
            }
        }
        for (Segment segment : state.segments()) {
            store.openFiles().letGo(segment.file());
        }
    }

    /** Deletes segments that are no longer part of the log, unless all of it is gone: another log may have its names. */
    synchronized void deleteFiles(List<Segment> segments) {
        if (health.isDeleted()) {
            return;
        }
        try {
            // The segment that stays may be new and empty; a log without any would be taken for one that has lost them.
            store.disk().syncDirectory(directory);
            for (Segment segment : segments) {
                if (!state.hasOther(segment)) { // else the log was started over meanwhile, and uses that name again
                    segment.file().delete();
                }
            }
        } catch (IOException e) {
            log.warn("Deleting {} failed: {}", segments, e.toString());
        }
    }

    /** Takes no more; what the index has of it is gone after its next flush. */
    synchronized void beginDeletion() throws IndexException {
        health.deleted();
        checkpoints.end();
    }

    /** Deletes the files or sets them aside; readers that are under way finish. */
    synchronized void removeDirectory(LogDeletions.Files files) throws IOException {
        for (Segment segment : state.segments()) {
            segment.file().letGo();
        }
        store.removeDirectoryOf(partition, files);
    }

    /** Takes no appends any more: the directory has failed. */
    void goOffline(String reason) {
        health.goOffline(reason);
    }

    private void tellFailed(String reason) {
        LogListener told = listener;
        if (told != null) {
            store.blocking().execute(() -> told.failed(reason));
        }
    }

    // ---- any thread

    /**
     * Checks the batches that a reader at {@code offset} is given, their checksums too, on a thread that may block. {@code found}
     * is called on the strand if there is damage, with the place: whether that is to put the log offline
     * ({@link #damagedAt}) is the caller's to decide.
     */
    public void lookForDamage(long offset, Consumer<String> found) {
        damageSearch.begin(offset, found);
    }

    /**
     * Reads whole batches from {@code offset} on, of offsets below {@code limit}, at most {@code maxBytes} bytes of them
     * (but one batch even if larger, when {@code atLeastOne}). At {@code limit} or the log end: empty, no error.
     *
     * @param withAborted whether to look up aborted transactions
     */
    public ReadOutcome read(long offset, long limit, int maxBytes, boolean atLeastOne, boolean withAborted) {
        return reads.read(offset, limit, maxBytes, atLeastOne, withAborted);
    }

    /** First offset that readers may ask for. */
    public long logStartOffset() {
        return state.startOffset();
    }

    /** Offset of the next record to be appended. */
    public long logEndOffset() {
        return state.endOffset();
    }

    /** End of what counts as stored under the sync policy: the synced end, or the log end. */
    public long storedOffset() {
        return settings.sync() == LogSettings.SyncPolicy.COMMIT
                ? Math.max(state.syncedOffset(), state.startOffset())
                : state.endOffset();
    }

    /** As last told by {@link #updateHighWatermark}, or read from the checkpoint; at least the log start offset. */
    public long highWatermark() {
        return Math.max(state.highWatermark(), state.startOffset());
    }

    /** Start of the earliest open transaction, bounded by the high watermark. */
    public long lastStableOffset() {
        return state.lastStableOffset();
    }

    /** Bytes of all segments. */
    public long sizeBytes() {
        return state.sizeBytes();
    }

    /**
     * The first record with a timestamp of at least {@code timestampMs}, below {@code limit}; empty if there is none. This and
     * the two below throw UncheckedIOException where {@link #read} gives {@code KAFKA_STORAGE_ERROR}.
     */
    public Optional<OffsetAndTime> offsetForTime(long timestampMs, long limit) {
        return reads.offsetForTime(timestampMs, limit);
    }

    /** The first record with the greatest timestamp of the log; empty if the log is. */
    public Optional<OffsetAndTime> offsetOfMaxTimestamp() {
        return reads.offsetOfMaxTimestamp();
    }

    /** The time of the batch that {@code offset} lies in: when its first record was made, or when it was appended. */
    public OptionalLong timestampAt(long offset) {
        return reads.timestampAt(offset);
    }

    /** Leader epoch of the last batch; empty if there is none. */
    public OptionalInt latestEpoch() {
        return state.epochs().latest();
    }

    /** Epoch of the batch at {@code offset}, by the epoch history; empty if it is older than the history. */
    public OptionalInt epochOf(long offset) {
        return state.epochs().of(offset);
    }

    /** See {@link EpochEnd}. */
    public EpochEnd endOffsetFor(int epoch) {
        return state.epochs().endOf(epoch, state.endOffset());
    }

    /** Producers that have written here lately. */
    public List<ProducerState> producers() {
        return state.producers().all().stream().map(ProducerEntry::shown).toList();
    }

    /** {@code NONE}, or {@code KAFKA_STORAGE_ERROR} when the log is offline. */
    public Errors status() {
        return health.status();
    }
}
