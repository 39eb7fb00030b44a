package dwal.replication.metadata;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.raft.Isolation;
import org.apache.kafka.raft.LogAppendInfo;
import org.apache.kafka.raft.LogFetchInfo;
import org.apache.kafka.raft.LogOffsetMetadata;
import org.apache.kafka.raft.RaftLog;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RawSnapshotReader;
import org.apache.kafka.snapshot.RawSnapshotWriter;

/**
 * KRaft's log, of which a {@link SyncedEndNote} is told how far it is synced, and when it is to be cut; all else is the log's own.
 * The Raft thread syncs and cuts, and no other; the rest is as in the log.
 */
final class NotedRaftLog implements RaftLog {
    private final RaftLog log;
    private final SyncedEndNote note;

    NotedRaftLog(RaftLog log, SyncedEndNote note) {
        this.log = log;
        this.note = note;
    }

    @Override
    public void flush(boolean forceFlushActiveSegment) {
        log.flush(forceFlushActiveSegment);
        note.synced(log.endOffset().offset(), log.lastFetchedEpoch());
    }

    @Override
    public void truncateTo(long offset) {
        note.willEndAt(offset);
        log.truncateTo(offset);
    }

    @Override
    public boolean truncateToLatestSnapshot() {
        // What it ends with afterwards, if it is replaced by the snapshot.
        latestSnapshotId().ifPresent(snapshot -> note.willEndAt(snapshot.offset()));
        return log.truncateToLatestSnapshot();
    }

    @Override
    public void close() {
        log.close();
        note.write();
    }

    @Override
    public LogAppendInfo appendAsLeader(Records records, int epoch) {
        return log.appendAsLeader(records, epoch);
    }

    @Override
    public LogAppendInfo appendAsFollower(Records records, int epoch) {
        return log.appendAsFollower(records, epoch);
    }

    @Override
    public LogFetchInfo read(long startOffset, Isolation isolation, int maxTotalBatchBytes) {
        return log.read(startOffset, isolation, maxTotalBatchBytes);
    }

    @Override
    public int lastFetchedEpoch() {
        return log.lastFetchedEpoch();
    }

    @Override
    public OffsetAndEpoch endOffsetForEpoch(int epoch) {
        return log.endOffsetForEpoch(epoch);
    }

    @Override
    public LogOffsetMetadata endOffset() {
        return log.endOffset();
    }

    @Override
    public LogOffsetMetadata highWatermark() {
        return log.highWatermark();
    }

    @Override
    public long startOffset() {
        return log.startOffset();
    }

    @Override
    public void initializeLeaderEpoch(int epoch) {
        log.initializeLeaderEpoch(epoch);
    }

    @Override
    public void updateHighWatermark(LogOffsetMetadata highWatermark) {
        log.updateHighWatermark(highWatermark);
    }

    @Override
    public boolean deleteBeforeSnapshot(OffsetAndEpoch snapshotId) {
        return log.deleteBeforeSnapshot(snapshotId);
    }

    @Override
    public boolean maybeClean() {
        return log.maybeClean();
    }

    @Override
    public TopicPartition topicPartition() {
        return log.topicPartition();
    }

    @Override
    public Uuid topicId() {
        return log.topicId();
    }

    @Override
    public Optional<RawSnapshotWriter> createNewSnapshot(OffsetAndEpoch snapshotId) {
        return log.createNewSnapshot(snapshotId);
    }

    @Override
    public Optional<RawSnapshotWriter> createNewSnapshotUnchecked(OffsetAndEpoch snapshotId) {
        return log.createNewSnapshotUnchecked(snapshotId);
    }

    @Override
    public Optional<RawSnapshotReader> readSnapshot(OffsetAndEpoch snapshotId) {
        return log.readSnapshot(snapshotId);
    }

    @Override
    public Optional<RawSnapshotReader> latestSnapshot() {
        return log.latestSnapshot();
    }

    @Override
    public Optional<OffsetAndEpoch> latestSnapshotId() {
        return log.latestSnapshotId();
    }

    @Override
    public Optional<OffsetAndEpoch> earliestSnapshotId() {
        return log.earliestSnapshotId();
    }

    @Override
    public void onSnapshotFrozen(OffsetAndEpoch snapshotId) {
        log.onSnapshotFrozen(snapshotId);
    }
}
