package dwal.replication.metadata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.metadata.properties.MetaPropertiesVersion;
import org.apache.kafka.raft.DynamicVoter;
import org.apache.kafka.raft.DynamicVoters;
import org.apache.kafka.raft.VoterSet;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.snapshot.FileRawSnapshotWriter;
import org.apache.kafka.snapshot.RecordsSnapshotWriter;
import org.apache.kafka.snapshot.Snapshots;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a new data directory begins with: the same files that Kafka's storage tool writes with its {@code Formatter}.
 * That one allocates 8 MiB for each of their batches of a few dozen bytes, for which a heap that begins small is collected
 * wholly, each time: a seventh of a node's first start. One thread at a time.
 */
final class DirectoryFormatter {
    /** More than the features and a hundred voters take. */
    private static final int BATCH_BYTES = 64 * 1024;
    /** What Kafka's tool calls the origin of these records; it is told where they are read. */
    private static final String SOURCE = "format command";

    private final Path path;
    private final Path metadataLog;
    private final MetadataSettings settings;

    /** For the directory {@code path}, which is there, with the metadata log in {@code metadataLog}, which may not be. */
    DirectoryFormatter(Path path, Path metadataLog, MetadataSettings settings) {
        this.path = path;
        this.metadataLog = metadataLog;
        this.settings = settings;
    }

    /**
     * Writes the files, of which the last is {@code meta.properties}: all outlive a crash when it is there. Throws IOException or
     * UncheckedIOException, with what it has written left behind, where the disk refuses.
     *
     * @param kraft version 1 where voters can be added and removed
     * @param voters of whom the quorum consists at first; null where the directory does not tell
     */
    void write(String clusterId, KRaftVersion kraft, @Nullable DynamicVoters voters) throws IOException {
        writeBootstrap();
        if (voters != null) {
            writeVoters(kraft, voters.toVoterSet(settings.controllerListener()));
        }
        new MetaPropertiesFile(path)
                .write(new MetaProperties.Builder()
                        .setVersion(MetaPropertiesVersion.V1)
                        .setClusterId(clusterId)
                        .setNodeId(settings.nodeId())
                        .setDirectoryId(directoryId(voters))
                        .build());
    }

    /** The records with which the first controller begins the metadata log: which features the cluster has. */
    private void writeBootstrap() throws IOException {
        var metadata = BootstrapMetadata.fromVersions(MetadataVersion.latestProduction(), featureLevels(), SOURCE);
        var snapshot = new RecordsSnapshotWriter.Builder().setKraftVersion(KRaftVersion.KRAFT_VERSION_0);
        writeSnapshot(path, snapshot, metadata.records());
        // Syncs the directory, too.
        Utils.atomicMoveWithFallback(
                Snapshots.snapshotPath(path, Snapshots.BOOTSTRAP_SNAPSHOT_ID),
                path.resolve(BootstrapDirectory.BINARY_BOOTSTRAP_FILENAME));
    }

    /** The snapshot before all records of the metadata log, which tells who votes (KIP-853). */
    private void writeVoters(KRaftVersion kraft, VoterSet voters) {
        var snapshot = new RecordsSnapshotWriter.Builder()
                .setLastContainedLogTimestamp(Time.SYSTEM.milliseconds())
                .setKraftVersion(kraft)
                .setVoterSet(Optional.of(voters));
        writeSnapshot(metadataLog, snapshot, List.of());
    }

    private static void writeSnapshot(
            Path directory, RecordsSnapshotWriter.Builder snapshot, List<ApiMessageAndVersion> records) {
        snapshot.setMaxBatchSizeBytes(BATCH_BYTES)
                .setRawSnapshotWriter(FileRawSnapshotWriter.create(directory, Snapshots.BOOTSTRAP_SNAPSHOT_ID));
        try (RecordsSnapshotWriter<ApiMessageAndVersion> writer = snapshot.build(MetadataRecordSerde.INSTANCE)) {
            if (!records.isEmpty()) {
                writer.append(records);
            }
            writer.freeze();
        }
    }

    private static Map<String, Short> featureLevels() {
        Map<String, Short> levels = new TreeMap<>();
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            levels.put(feature.featureName(), feature.defaultLevel(MetadataVersion.latestProduction()));
        }
        MembershipConditions.NOT_SERVED.forEach(feature -> levels.put(feature, (short) 0));
        return levels;
    }

    private Uuid directoryId(@Nullable DynamicVoters voters) {
        DynamicVoter thisNode = voters == null ? null : voters.voters().get(settings.nodeId());
        return thisNode == null ? Uuid.randomUuid() : thisNode.directoryId();
    }
}
