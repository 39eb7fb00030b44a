package dwal.server;

import org.jspecify.annotations.Nullable;

/** What fails because the process was told to end while it was still starting. No state. */
public final class ProcessEnd {
    /** Java's own words, of its {@code ApplicationShutdownHooks}, to who wants to do something at the end of a process that ends already. */
    private static final String SHUTDOWN = "Shutdown in progress";

    private ProcessEnd() {}

    /** Whether {@code failure} is no fault, and nobody needs to be told of it. */
    public static boolean isCauseOf(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalStateException && SHUTDOWN.equals(cause.getMessage())) {
                return true;
            }
        }
        return false;
    }
}
