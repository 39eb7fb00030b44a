package dwal.replication.metadata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Looks at a log in Kafka's format before it is opened, which may cut it. */
@FunctionalInterface
public interface LogCheck {
    /**
     * What is wrong with the log in {@code directory}, and where; empty if it is whole, or just ends with what a crash left.
     *
     * @param syncedEnd how far the log is known to have been synced: it does not end before, unless it was cut and went on in a
     *     later epoch; 0 if that is not known
     * @param epoch that of the last batch before {@code syncedEnd}
     */
    Optional<String> damage(Path directory, long syncedEnd, int epoch) throws IOException;
}
