package dwal.replication.metadata;

import dwal.environment.Disk;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.DynamicVoter;
import org.apache.kafka.raft.DynamicVoters;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.storage.internals.checkpoint.CleanShutdownFileHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's data directory: formatted when new as Kafka's own storage tool does it, and checked to be this node's
 * when not. One thread at a time. The process holds the directory's lock.
 *
 * <p>The file {@code meta.properties} is written last when formatting, so a directory without it holds nothing that
 * anybody was told to be stored, and is formatted again.
 */
final class DataDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

    private static final Pattern CLEAN_MARK = Pattern.compile("\"brokerEpoch\"\\s*:\\s*(\\d{1,18})");

    private final Path path;
    private final MetaProperties identity;
    private final Path cleanShutdown;

    private DataDirectory(Path path, MetaProperties identity) {
        this.path = path;
        this.identity = identity;
        this.cleanShutdown = path.resolve(CleanShutdownFileHandler.CLEAN_SHUTDOWN_FILE_NAME);
    }

    /**
     * Formats the directory of a node that does not run, as Kafka's storage tool does, instead of leaving it to the node's
     * first start.
     *
     * @return the id of the cluster
     */
    static String format(MetadataSettings settings, Founders founders) {
        Path path = settings.directory().toAbsolutePath();
        makeDirectories(path);
        if (new MetaPropertiesFile(path).read().isPresent()) {
            throw new DataDirectoryException(path + " is formatted already; a new cluster needs a new directory");
        }
        return format(settings, path, founders);
    }

    /**
     * Makes the directory if it is not there, and sees that it belongs to the node of {@code settings} and that its metadata are
     * there and whole.
     */
    static DataDirectory open(MetadataSettings settings, LogCheck logCheck) {
        Path path = settings.directory().toAbsolutePath();
        makeDirectories(path);
        Founders founders = Founders.of(settings);
        var file = new MetaPropertiesFile(path);
        Optional<MetaProperties> found = file.read();
        if (found.isEmpty()) {
            format(settings, path, founders);
            found = file.read();
        }
        MetaProperties identity = found.orElseThrow(
                () -> new AssertionError("no meta.properties in " + path + " right after formatting it"));
        verify(settings, path, identity);
        new MetadataLogFolder(path).check(logCheck, settings.isOnlyVoter(), founders.isDynamic());
        return new DataDirectory(path, identity);
    }

    Path path() {
        return path;
    }

    /** Where KRaft keeps its log, snapshots and vote. */
    File metadataLog() {
        return new MetadataLogFolder(path).path().toFile();
    }

    String clusterId() {
        return identity.clusterId().orElseThrow();
    }

    Uuid id() {
        return identity.directoryId().orElseThrow();
    }

    /** The records that the first controller of a new cluster writes first. */
    BootstrapMetadata bootstrap() {
        try {
            return new BootstrapDirectory(path.toString()).read();
        } catch (Exception e) {
            throw new DataDirectoryException(
                    path.resolve(BootstrapDirectory.BINARY_BOOTSTRAP_FILENAME) + " is damaged or cannot be read (" + e
                            + "). Nothing was changed. Only a controller that begins a cluster needs the file: if there"
                            + " is metadata already (topics, settings), move it away; else restore it",
                    e);
        }
    }

    /**
     * Takes the mark of a clean stop away: the broker epoch of the run that left it, or empty when there is none that can be
     * read. It has no checksum: a wrong epoch is one that the controller does not know, and the stop does not count as clean.
     */
    OptionalLong takeCleanShutdownMark() {
        try {
            if (!Files.exists(cleanShutdown)) {
                return OptionalLong.empty();
            }
            Matcher mark = CLEAN_MARK.matcher(Files.readString(cleanShutdown, StandardCharsets.ISO_8859_1));
            OptionalLong epoch = mark.find() ? OptionalLong.of(Long.parseLong(mark.group(1))) : OptionalLong.empty();
            Files.delete(cleanShutdown);
            return epoch;
        } catch (IOException e) {
            throw new DataDirectoryException("cannot remove the mark of a clean stop from " + path, e);
        }
    }

    /** Marks, in Kafka's form, that all that the broker of this epoch had acknowledged is on disk. */
    void markCleanShutdown(long brokerEpoch) {
        byte[] mark = ("{\"version\":0,\"brokerEpoch\":" + brokerEpoch + "}").getBytes(StandardCharsets.UTF_8);
        try {
            Files.write(
                    cleanShutdown,
                    mark,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.SYNC);
        } catch (IOException e) {
            LOG.warn("Cannot mark the clean stop in {}: the next run will not count as in sync", path, e);
        }
    }

    private static void makeDirectories(Path path) {
        try {
            Disk.system().createDirectoriesSafely(path);
        } catch (IOException e) {
            throw new DataDirectoryException("cannot use the data directory " + path + ": " + e.getMessage(), e);
        }
    }

    private static void verify(MetadataSettings settings, Path path, MetaProperties identity) {
        String file = path.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME).toString();
        String cluster = identity.clusterId()
                .orElseThrow(() -> new DataDirectoryException(file + " has no cluster.id: restore the file"));
        int node = identity.nodeId()
                .orElseThrow(() -> new DataDirectoryException(file + " has no node.id: restore the file"));
        if (identity.directoryId().isEmpty()) {
            throw new DataDirectoryException(file + " has no directory.id: start it once with Kafka 3.7 or newer");
        }
        if (node != settings.nodeId()) {
            throw new DataDirectoryException("the data directory " + path + " belongs to node " + node
                    + ", this is node " + settings.nodeId() + ": set node.id=" + node + " or use another directory");
        }
        if (settings.clusterId().isPresent() && !settings.clusterId().get().equals(cluster)) {
            throw new DataDirectoryException("the data directory " + path + " belongs to cluster " + cluster
                    + ", not to " + settings.clusterId().get() + " (dwal.cluster.id): use another directory for another"
                    + " cluster");
        }
    }

    private static String format(MetadataSettings settings, Path path, Founders founders) {
        String clusterId = settings.clusterId().orElseGet(() -> clusterId(settings, path, founders));
        KRaftVersion kraft = founders.isDynamic() ? KRaftVersion.KRAFT_VERSION_1 : KRaftVersion.KRAFT_VERSION_0;
        try {
            removeUnfinishedFormat(path);
            new DirectoryFormatter(path, new MetadataLogFolder(path).path(), settings)
                    .write(clusterId, kraft, founders.voters(onlyVoter(settings)));
        } catch (IOException | UncheckedIOException e) {
            throw new DataDirectoryException("cannot format the data directory " + path + ": " + e.getMessage(), e);
        }
        LOG.info("Formatted {} for node {} of cluster {}", path, settings.nodeId(), clusterId);
        return clusterId;
    }

    private static String clusterId(MetadataSettings settings, Path path, Founders founders) {
        if (!founders.isDynamic()) {
            return ClusterIds.ofVoters(settings.quorum().voters());
        }
        if (founders.isNewCluster()) {
            return Uuid.randomUuid().toString();
        }
        throw new DataDirectoryException(
                "the data directory " + path + " is new, and so far does not belong to any cluster."
                        + " To join the one that " + QuorumConfig.QUORUM_BOOTSTRAP_SERVERS_CONFIG
                        + " names, set dwal.cluster.id to its"
                        + " id; to begin one, use 'bin/dwal format'");
    }

    private static DynamicVoters onlyVoter(MetadataSettings settings) {
        var endpoint = settings.announcedControllerEndpoints().stream().findFirst();
        String host =
                endpoint.map(Endpoint::host).filter(each -> !each.isEmpty()).orElse("localhost");
        var voter = new DynamicVoter(
                Uuid.randomUuid(),
                settings.nodeId(),
                host,
                endpoint.map(Endpoint::port).orElse(0));
        return new DynamicVoters(List.of(voter));
    }

    /** Deletes the bootstrap snapshots of a format that was cut short; a metadata log with more in it is not ours to delete. */
    private static void removeUnfinishedFormat(Path path) throws IOException {
        var metadataLog = new MetadataLogFolder(path);
        for (Path file : metadataLog.files()) {
            if (!MetadataLogFolder.isBootstrapSnapshot(file)) {
                throw new DataDirectoryException("the data directory " + path + " has a metadata log but no "
                        + MetaPropertiesEnsemble.META_PROPERTIES_NAME + ": restore that file");
            }
        }
        if (metadataLog.hasRecordsBeside()) {
            throw new DataDirectoryException("the data directory " + path + " has records of topics but neither "
                    + MetaPropertiesEnsemble.META_PROPERTIES_NAME
                    + " nor metadata: restore them, or use another directory");
        }
        for (Path directory : List.of(path, metadataLog.path())) {
            for (Path file : MetadataLogFolder.list(directory)) {
                if (MetadataLogFolder.isBootstrapSnapshot(file)) {
                    Files.delete(file);
                }
            }
        }
    }
}
