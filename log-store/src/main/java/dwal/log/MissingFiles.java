package dwal.log;

import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;

/** Looks for what the checkpoints of a data directory know of and is not there: segments, and whole logs. One thread. */
final class MissingFiles {

    /** Told of what is missing. */
    interface Listener {
        /** {@code offset}: of the first record that is gone. */
        void missing(Path file, long offset, String what);
    }

    private final Path dataDirectory;
    private final StartOffsetFile starts;
    private final Listener listener;

    MissingFiles(Path dataDirectory, StartOffsetFile starts, Listener listener) {
        this.dataDirectory = dataDirectory;
        this.starts = starts;
        this.listener = listener;
    }

    /** Of a log that has segments from {@code bases}. */
    void lookFor(TopicPartition partition, SavedLog saved, List<Long> bases) throws IOException {
        long start = Math.max(saved.startOffset(), starts.of(partition));
        Path directory = LogFiles.directoryOf(dataDirectory, partition);
        boolean told = false;
        for (SavedSegment one : saved.segments()) {
            if (!bases.contains(one.baseOffset()) && one.nextOffset() > start && one.sizeBytes() > 0) {
                told = true;
                listener.missing(
                        directory.resolve(Segment.fileName(one.baseOffset())),
                        one.baseOffset(),
                        "the file is missing; it held offsets " + one.baseOffset() + " to " + (one.nextOffset() - 1));
            }
        }
        if (bases.isEmpty() && !told && saved.recoveryOffset() > 0) {
            long end = saved.recoveryOffset();
            listener.missing(
                    directory, end, "the empty segment is missing from which one knew that offset " + end + " is next");
        }
    }

    /** Of logs of which {@code index} has checkpoints, and that are not {@code there}. */
    void lookForLogs(LogIndex index, Predicate<TopicIdPartition> there) throws IOException, IndexException {
        for (Map.Entry<TopicIdPartition, SavedLog> one :
                PartitionIndex.allSaved(index).entrySet()) {
            if (!there.test(one.getKey())) {
                lookFor(one.getKey().topicPartition(), one.getValue(), List.of());
            }
        }
    }
}
