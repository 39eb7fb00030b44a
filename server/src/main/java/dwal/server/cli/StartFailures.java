package dwal.server.cli;

import dwal.replication.metadata.DataDirectoryException;
import dwal.replication.metadata.MembershipException;
import java.io.IOException;
import java.util.Locale;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Says in one line why a command failed. No state. */
final class StartFailures {
    private StartFailures() {}

    /** One line for a person. */
    static String describe(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (mentions(cause, "address already in use")) {
                return oneLine(failure) + " (another port: --port)";
            }
        }
        return oneLine(failure);
    }

    /** Whether {@code failure} is none that a user can do something about, so that its stack trace is worth showing. */
    static boolean isBug(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException
                    || cause instanceof KafkaException
                    || cause instanceof DataDirectoryException
                    || cause instanceof MembershipException) {
                return false;
            }
        }
        return true;
    }

    private static String oneLine(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getName() : message.replaceAll("\\s*\\R\\s*", " ");
    }

    private static boolean mentions(Throwable failure, String text) {
        @Nullable String message = failure.getMessage();
        return message != null && message.toLowerCase(Locale.ROOT).contains(text);
    }
}
