package dwal.log.index;

/** The index cannot be opened, read or written. It is derived data: it can be deleted, and is built anew from the logs. */
public final class IndexException extends Exception {
    private final boolean inUse;

    IndexException(String message, Throwable cause) {
        this(message, cause, false);
    }

    IndexException(String message, Throwable cause, boolean inUse) {
        super(message, cause);
        this.inUse = inUse;
    }

    /** Whether it could not be opened because another process has it open: then it must not be deleted. */
    public boolean isInUse() {
        return inUse;
    }
}
