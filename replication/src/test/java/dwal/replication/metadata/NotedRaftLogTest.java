package dwal.replication.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.replication.metadata.SyncedEndFile.SyncedEnd;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.raft.MetadataLogConfig;
import org.apache.kafka.raft.RaftLog;
import org.apache.kafka.raft.internals.KafkaRaftLog;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.snapshot.RawSnapshotWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a follower does to its log, and what the note then says. */
class NotedRaftLogTest {
    @TempDir
    private Path data;

    private final ManualScheduler scheduler = new ManualScheduler();
    private final KafkaScheduler ofLog = new KafkaScheduler(1);
    private SyncedEndFile file;
    private RaftLog log;

    @BeforeEach
    void open() throws Exception {
        ofLog.startup();
        Path folder = data.resolve("__cluster_metadata-0");
        file = new SyncedEndFile(Disk.system(), folder);
        RaftLog kafkas = KafkaRaftLog.createLog(
                Topic.CLUSTER_METADATA_TOPIC_PARTITION,
                Uuid.METADATA_TOPIC_ID,
                folder.toFile(),
                Time.SYSTEM,
                ofLog,
                new MetadataLogConfig(
                        MetadataSettings.standalone(1, data, Map.of()).config()),
                1);
        log = new NotedRaftLog(kafkas, new SyncedEndNote(file, scheduler));
        append(4);
        log.flush(true);
        scheduler.advance(60_000);
        assertThat(file.read()).contains(new SyncedEnd(4, 1));
    }

    @AfterEach
    void close() throws Exception {
        log.close();
        ofLog.shutdown();
    }

    @Test
    void aDivergingEndIsCutAndTheNoteGoesFirst() throws Exception {
        assertThat(log.truncateToEndOffset(new OffsetAndEpoch(2, 1))).isEqualTo(2);
        assertThat(file.exists()).isFalse();
    }

    @Test
    void aSnapshotThatReplacesTheLogIsWhereTheNoteBeginsAnew() throws Exception {
        var snapshot = new OffsetAndEpoch(3, 2);
        try (RawSnapshotWriter writer = log.createNewSnapshotUnchecked(snapshot).orElseThrow()) {
            writer.append(records(0, 2));
            writer.freeze();
        }
        assertThat(log.truncateToLatestSnapshot()).isTrue();
        assertThat(file.exists()).isFalse();
        log.flush(true);
        log.close();
        assertThat(file.read()).contains(new SyncedEnd(3, 2));
    }

    @Test
    void whatIsNotSyncedIsNotNoted() throws Exception {
        append(2);
        log.close();
        assertThat(file.read()).contains(new SyncedEnd(4, 1));
    }

    @Test
    void aCloseNotesTheEnd() throws Exception {
        append(2);
        log.flush(true);
        log.close();
        assertThat(file.read()).contains(new SyncedEnd(6, 1));
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            log.appendAsLeader(records(log.endOffset().offset(), 1), 1);
        }
    }

    private static MemoryRecords records(long offset, int epoch) {
        return MemoryRecords.withRecords(
                offset, Compression.NONE, epoch, new SimpleRecord("key".getBytes(UTF_8), "value".getBytes(UTF_8)));
    }
}
