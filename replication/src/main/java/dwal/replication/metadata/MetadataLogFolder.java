package dwal.replication.metadata;

import dwal.environment.Disk;
import dwal.replication.metadata.SyncedEndFile.SyncedEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.snapshot.SnapshotPath;
import org.apache.kafka.snapshot.Snapshots;

/**
 * The folder of a data directory in which KRaft keeps its log, snapshots and vote, as it is found before KRaft opens it: KRaft cuts
 * a damaged log, and begins a new one where there is none. Topics that are not in the metadata would then be gone for the
 * cluster, with all their records. One thread at a time.
 */
final class MetadataLogFolder {
    private static final String SEGMENT = ".log";
    private static final String PARTITION_METADATA = "partition.metadata";

    private final Path data;
    private final Path path;

    /** That of the data directory {@code data}; need not be there. */
    MetadataLogFolder(Path data) {
        this.data = data;
        this.path = data.resolve(Topic.CLUSTER_METADATA_TOPIC_NAME + "-0");
    }

    Path path() {
        return path;
    }

    /** The files in it; none if it is not there. */
    List<Path> files() throws IOException {
        return list(path);
    }

    /**
     * Sees that the metadata are there and whole, in a data directory that has been formatted.
     *
     * @param isOnlyVoter whether no other node has them
     * @param logCheck finds damage in the log
     * @param tellsVoters whether formatting has written a snapshot that tells who votes
     * @throws DataDirectoryException with a message that says what to do
     */
    void check(LogCheck logCheck, boolean isOnlyVoter, boolean tellsVoters) {
        try {
            if (isOnlyVoter) {
                checkNotLost(tellsVoters);
            }
            Optional<String> damage = damage(logCheck);
            if (damage.isPresent()) {
                throw new DataDirectoryException("the metadata log is damaged, and the topics in it could be lost. "
                        + damage.get() + ". Nothing was changed. " + advice(isOnlyVoter));
            }
        } catch (IOException e) {
            throw new DataDirectoryException("cannot read the metadata log in " + path + ": " + e, e);
        }
    }

    private Optional<String> damage(LogCheck logCheck) throws IOException {
        Optional<SnapshotPath> newest = newestSnapshot();
        Optional<String> damage =
                newest.isPresent() ? SnapshotCheck.damage(newest.get().path()) : Optional.empty();
        return damage.isPresent() ? damage : damageOfLog(logCheck);
    }

    /** What {@code logCheck} says of the log, which has been synced as far as a note beside it says. */
    Optional<String> damageOfLog(LogCheck logCheck) throws IOException {
        Optional<SyncedEnd> noted = new SyncedEndFile(Disk.system(), path).read();
        int snapshotEpoch =
                newestSnapshot().map(snapshot -> snapshot.snapshotId().epoch()).orElse(-1);
        // A snapshot of a later epoch may have replaced a log that went further.
        return noted.isPresent() && noted.get().epoch() >= snapshotEpoch
                ? logCheck.damage(path, noted.get().offset(), noted.get().epoch())
                : logCheck.damage(path, 0, 0);
    }

    private Optional<SnapshotPath> newestSnapshot() throws IOException {
        return snapshots().stream().max(Comparator.comparing(SnapshotPath::snapshotId));
    }

    /** Those that are complete. */
    List<SnapshotPath> snapshots() throws IOException {
        return files().stream()
                .flatMap(file -> Snapshots.parse(file).stream())
                .filter(snapshot -> !snapshot.partial() && !snapshot.deleted())
                .toList();
    }

    /** Whether there is a snapshot after the one that formatting writes, or a segment with something in it. */
    boolean hasMetadata() throws IOException {
        return files().stream()
                .anyMatch(file ->
                        isSegment(file) ? !isEmpty(file) : Snapshots.parse(file).isPresent() && isLaterSnapshot(file));
    }

    /** That the log begins behind the end of all snapshots; empty if it does not. */
    Optional<String> missingSnapshot() throws IOException {
        Optional<Path> oldest =
                files().stream().filter(MetadataLogFolder::isSegment).min(Comparator.naturalOrder());
        long base = oldest.map(MetadataLogFolder::baseOffset).orElse(0L);
        long covered =
                newestSnapshot().map(snapshot -> snapshot.snapshotId().offset()).orElse(0L);
        return base <= covered
                ? Optional.empty()
                : Optional.of(oldest.orElseThrow() + " begins with offset " + base
                        + ", but what was before is in no snapshot of " + path
                        + ": restore that from a backup; where other controllers have it, move the folder away");
    }

    private void checkNotLost(boolean tellsVoters) throws IOException {
        List<Path> files = files();
        boolean hasSnapshot = files.stream().anyMatch(MetadataLogFolder::isLaterSnapshot);
        boolean hasLog = files.stream().anyMatch(file -> isSegment(file) && (hasSnapshot || !isEmpty(file)));
        boolean neverUsed = !hasSnapshot
                && (!tellsVoters || files.stream().anyMatch(MetadataLogFolder::isBootstrapSnapshot))
                && !hasRecordsBeside();
        if (!hasLog && !neverUsed) {
            throw new DataDirectoryException("the metadata log in " + path
                    + " is missing, which says what topics there are. " + "Nothing was changed. " + advice(true));
        }
    }

    /** Whether the data directory has directories of partitions. */
    boolean hasRecordsBeside() throws IOException {
        return list(data).stream().anyMatch(this::isPartition);
    }

    private static String advice(boolean isOnlyVoter) {
        return isOnlyVoter
                ? "Restore the folder from a backup"
                : "Move the folder away: what was in it is fetched anew from the other controllers";
    }

    private static boolean isSegment(Path file) {
        return file.toString().endsWith(SEGMENT);
    }

    private static long baseOffset(Path segment) {
        String name = segment.getFileName().toString();
        return Long.parseLong(name.substring(0, name.length() - SEGMENT.length()));
    }

    private static boolean isEmpty(Path file) {
        return file.toFile().length() == 0;
    }

    private static boolean isLaterSnapshot(Path file) {
        return file.toString().endsWith(Snapshots.SUFFIX) && !isBootstrapSnapshot(file);
    }

    private boolean isPartition(Path directory) {
        return !directory.equals(path) && Files.exists(directory.resolve(PARTITION_METADATA));
    }

    /** Whether {@code file} is the snapshot that formatting writes, or what is left of one. */
    static boolean isBootstrapSnapshot(Path file) {
        return file.getFileName()
                .toString()
                .startsWith(Snapshots.filenameFromSnapshotId(Snapshots.BOOTSTRAP_SNAPSHOT_ID));
    }

    /** The files in {@code directory}; none if it is not there. */
    static List<Path> list(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
