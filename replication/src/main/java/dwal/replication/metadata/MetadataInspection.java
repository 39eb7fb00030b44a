package dwal.replication.metadata;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.snapshot.SnapshotPath;

/**
 * Looks at what a data directory says of its node and of the cluster's metadata, while no node runs on it: whether it is there,
 * can be read, and fits its checksums. The batches of the metadata log itself are left to who looks at all logs. Changes nothing.
 * One thread.
 */
public final class MetadataInspection {

    /**
     * Something found.
     *
     * @param isDamage whether something that was written is not there, or not right; else it is worth knowing
     * @param what in one line, which begins with the file
     */
    public record Finding(boolean isDamage, String what) {}

    private final Path data;
    private final MetadataLogFolder folder;
    private final LogCheck missingEnd;
    private final Consumer<Finding> findings;

    /** @param missingEnd looks only whether a log ends before it was synced */
    public MetadataInspection(Path data, LogCheck missingEnd, Consumer<Finding> findings) {
        this.data = data;
        this.folder = new MetadataLogFolder(data);
        this.missingEnd = missingEnd;
        this.findings = findings;
    }

    /** Looks at all of it; at nothing in a directory of mere logs, which no node has formatted. */
    public void run() throws IOException {
        Path properties = data.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME);
        Path bootstrap = data.resolve(BootstrapDirectory.BINARY_BOOTSTRAP_FILENAME);
        boolean isOfNode = Files.exists(properties) || Files.exists(bootstrap) || Files.exists(folder.path());
        if (!isOfNode) {
            return;
        }
        lookAtIdentity(properties);
        lookAtBootstrap(bootstrap);
        lookAtSnapshots();
        lookAtLog();
        lookAtVote();
    }

    private void lookAtIdentity(Path file) {
        try {
            Optional<MetaProperties> found = new MetaPropertiesFile(data).read();
            boolean isWhole = found.isPresent()
                    && found.get().clusterId().isPresent()
                    && found.get().nodeId().isPresent()
                    && found.get().directoryId().isPresent();
            if (!isWhole) {
                damage(file + (found.isPresent() ? " lacks an id" : " is missing") + ": restore it");
            }
        } catch (DataDirectoryException e) {
            damage(String.valueOf(e.getMessage()));
        }
    }

    private void lookAtBootstrap(Path file) throws IOException {
        if (Files.exists(file)) {
            SnapshotCheck.damage(file).ifPresent(this::damage);
        } else {
            findings.accept(new Finding(false, file + " is missing; only the first start of a cluster needs it"));
        }
    }

    private void lookAtSnapshots() throws IOException {
        for (SnapshotPath snapshot : folder.snapshots()) {
            SnapshotCheck.damage(snapshot.path()).ifPresent(this::damage);
        }
    }

    private void lookAtLog() throws IOException {
        if (!folder.hasMetadata() && folder.hasRecordsBeside()) {
            damage(folder.path()
                    + " has no metadata log, which says what topics there are: restore it from a backup; where"
                    + " other controllers have it, the node fetches it from them");
            return;
        }
        folder.missingSnapshot().ifPresent(this::damage);
        var note = new SyncedEndFile(Disk.system(), folder.path());
        if (note.exists() && note.read().isEmpty()) {
            findings.accept(new Finding(
                    false, note.path() + " is damaged, so whether the metadata log was cut at its end is not known"));
        }
        folder.damageOfLog(missingEnd).ifPresent(this::damage);
    }

    private void lookAtVote() throws IOException {
        Path file = folder.path().resolve(FileQuorumStateStore.DEFAULT_FILE_NAME);
        if (!Files.exists(file)) {
            if (folder.hasMetadata()) {
                damage(file
                        + " is missing, which holds what this node has voted: restore it; or give the node an empty data"
                        + " directory, and have the other voters take it in as a new one");
            }
            return;
        }
        try {
            var unused = new QuorumStateFile(file).readElectionState();
        } catch (DataDirectoryException e) {
            damage(String.valueOf(e.getMessage()));
        } catch (KafkaException e) {
            damage(file + ": " + e.getMessage());
        }
    }

    private void damage(String what) {
        findings.accept(new Finding(true, what.replaceAll("\\s*\\R\\s*", " ")));
    }
}
