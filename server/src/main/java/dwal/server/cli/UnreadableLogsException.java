package dwal.server.cli;

import java.io.IOException;

/**
 * Logs cannot be looked at, which says nothing of whether they are whole: a node uses them, or whoever looks may not read them. The
 * message says what is in the way.
 */
final class UnreadableLogsException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableLogsException(String message, IOException cause) {
        super(message, cause);
    }
}
