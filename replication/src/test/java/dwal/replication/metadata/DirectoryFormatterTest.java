package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.raft.DynamicVoters;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new data directory, file by file, beside one that Kafka's own formatter made for the same node. */
class DirectoryFormatterTest {
    private static final String CLUSTER = "AAECAwQFBgcICQoLDA0ODw";
    private static final int NODE = 1;
    private static final String THIS_NODE = "1@localhost:9093:" + Uuid.randomUuid();
    private static final String OTHERS = "2@b:9093:" + Uuid.randomUuid() + ",3@c:9093:" + Uuid.randomUuid();

    @TempDir
    private Path directory;

    @Test
    void oneVoter() throws Exception {
        assertThat(written(KRaftVersion.KRAFT_VERSION_1, THIS_NODE)).isEqualTo(byKafka(true, THIS_NODE));
    }

    @Test
    void oneVoterOfSeveral() throws Exception {
        String voters = THIS_NODE + "," + OTHERS;
        assertThat(written(KRaftVersion.KRAFT_VERSION_1, voters)).isEqualTo(byKafka(true, voters));
    }

    @Test
    void votersOfWhomThisNodeIsNone() throws Exception {
        assertThat(written(KRaftVersion.KRAFT_VERSION_1, OTHERS)).isEqualTo(byKafka(true, OTHERS));
    }

    @Test
    void votersThatTheDirectoryDoesNotKnow() throws Exception {
        assertThat(written(KRaftVersion.KRAFT_VERSION_1, null)).isEqualTo(byKafka(true, null));
    }

    @Test
    void votersThatTheConfigurationNames() throws Exception {
        assertThat(written(KRaftVersion.KRAFT_VERSION_0, null)).isEqualTo(byKafka(false, null));
    }

    private List<String> written(KRaftVersion kraft, @Nullable String voters) throws Exception {
        Path path = Files.createDirectory(directory.resolve("ours"));
        new DirectoryFormatter(
                        path, path.resolve("__cluster_metadata-0"), MetadataSettings.standalone(NODE, path, Map.of()))
                .write(CLUSTER, kraft, voters == null ? null : DynamicVoters.parse(voters));
        return told(path, voters);
    }

    private List<String> byKafka(boolean dynamic, @Nullable String voters) throws Exception {
        Path path = directory.resolve("kafkas");
        try (var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            var formatter = new Formatter()
                    .setPrintStream(nowhere)
                    .setNodeId(NODE)
                    .setClusterId(CLUSTER)
                    .addDirectory(path.toString())
                    .setMetadataLogDirectory(path.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setHasDynamicQuorum(dynamic);
            MembershipConditions.NOT_SERVED.forEach(feature -> formatter.setFeatureLevel(feature, (short) 0));
            if (voters != null) {
                formatter.setInitialControllers(DynamicVoters.parse(voters));
            }
            formatter.run();
        }
        List<String> told = told(path, voters);
        assertThat(told).hasSizeGreaterThan(5);
        return told;
    }

    /** What the files below {@code path} say, without the time at which they were written and ids that were drawn. */
    private static List<String> told(Path path, @Nullable String voters) throws IOException {
        List<String> told = new ArrayList<>();
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = path.relativize(file).toString();
                if (name.equals("meta.properties")) {
                    told.add(name + " " + properties(file, voters));
                } else {
                    batches(file).forEach(batch -> told.add(name + " " + batch));
                }
            }
        }
        return told;
    }

    private static String properties(Path file, @Nullable String voters) throws IOException {
        var properties = new Properties();
        try (var stream = Files.newInputStream(file)) {
            properties.load(stream);
        }
        if (voters == null || !voters.contains(properties.getProperty("directory.id"))) {
            properties.setProperty(
                    "directory.id",
                    "drawn, " + properties.getProperty("directory.id").length());
        }
        return new TreeMap<>(properties).toString();
    }

    private static List<String> batches(Path file) throws IOException {
        List<String> told = new ArrayList<>();
        for (RecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(file)))
                .batches()) {
            batch.ensureValid();
            told.add("batch %d-%d epoch %d magic %d control %s %s %s producer %d"
                    .formatted(
                            batch.baseOffset(),
                            batch.lastOffset(),
                            batch.partitionLeaderEpoch(),
                            batch.magic(),
                            batch.isControlBatch(),
                            batch.compressionType(),
                            batch.timestampType(),
                            batch.producerId()));
            batch.forEach(record -> told.add("record " + record(batch, record)));
        }
        return told;
    }

    private static String record(RecordBatch batch, Record record) {
        ByteBuffer value = record.value();
        if (batch.isControlBatch() && ControlRecordType.parse(record.key()) == ControlRecordType.SNAPSHOT_HEADER) {
            var header = new SnapshotHeaderRecord(new ByteBufferAccessor(value), (short) 0);
            return header.setLastContainedLogTimestamp(Math.min(header.lastContainedLogTimestamp(), 1))
                    .toString();
        }
        return hex(record.key()) + " " + hex(value);
    }

    private static String hex(@Nullable ByteBuffer bytes) {
        if (bytes == null) {
            return "null";
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }
}
