package dwal.environment;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * A file or directory that is there could not be opened, for lack of file descriptors as a rule: nothing was read, written or
 * synced, and nothing is lost.
 */
public final class NotOpenedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why {@code path} could not be opened. */
    public NotOpenedException(Path path, IOException cause) {
        super(path + " cannot be opened: " + reason(cause), cause);
    }

    private static String reason(IOException cause) {
        String reason = cause instanceof FileSystemException failure ? failure.getReason() : null;
        return reason == null ? String.valueOf(cause.getMessage()) : reason;
    }
}
