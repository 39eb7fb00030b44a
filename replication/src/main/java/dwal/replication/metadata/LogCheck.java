package dwal.replication.metadata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Looks at a log in Kafka's format before it is opened, which may cut it. */
@FunctionalInterface
public interface LogCheck {
    /** What is wrong with the log in {@code directory}, and where; empty if it is whole, or just ends with what a crash left. */
    Optional<String> damage(Path directory) throws IOException;
}
