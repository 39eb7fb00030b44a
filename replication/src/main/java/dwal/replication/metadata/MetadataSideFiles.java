package dwal.replication.metadata;

import dwal.environment.FileTrouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.common.CheckpointFile;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;

/**
 * The two files beside KRaft's log that follow from it, looked at before Kafka reads them, which tells of damage in stack traces
 * without saying what to do: each is made anew where it is not there. One thread at a time.
 */
final class MetadataSideFiles {
    private static final String TOPIC = "partition.metadata";
    private static final Pattern TOPIC_LINES = Pattern.compile("version: \\d+\\s+topic_id: (\\S+)\\s*");
    private static final int EPOCHS_VERSION = 0;

    private final Path folder;

    /** Those in {@code folder}, that of the metadata log. */
    MetadataSideFiles(Path folder) {
        this.folder = folder;
    }

    /** Throws a {@link DataDirectoryException} that says which of them is damaged, and what to do. */
    void check() {
        checkTopic(folder.resolve(TOPIC));
        checkEpochs(LeaderEpochCheckpointFile.newFile(folder.toFile()).toPath());
    }

    private static void checkTopic(Path file) {
        try {
            if (Files.exists(file) && !tellsOfMetadata(Files.readString(file, StandardCharsets.ISO_8859_1))) {
                throw damaged(file, "it is no file that names the topic of the metadata");
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static boolean tellsOfMetadata(String text) {
        Matcher lines = TOPIC_LINES.matcher(text);
        return lines.matches() && lines.group(1).equals(Uuid.METADATA_TOPIC_ID.toString());
    }

    private static void checkEpochs(Path file) {
        if (!Files.exists(file)) {
            return;
        }
        try {
            new CheckpointFile<>(file.toFile(), EPOCHS_VERSION, LeaderEpochCheckpointFile.FORMATTER).read();
        } catch (IOException e) {
            if (FileTrouble.isDenied(e)) {
                throw unreadable(file, e);
            }
            throw damaged(file, "it does not tell the epochs of leaders");
        }
    }

    private static DataDirectoryException damaged(Path file, String why) {
        return new DataDirectoryException(file + " is damaged (" + why
                + "). Nothing was changed. Move the file away: what it says follows from the log beside it, and it is made"
                + " anew");
    }

    private static DataDirectoryException unreadable(Path file, IOException e) {
        return new DataDirectoryException(file + " cannot be read: " + FileTrouble.reason(e), e);
    }
}
