package dwal.protocol;

/**
 * What a handler's stage fails with when there is no other way to answer than to close the connection: an error in a
 * Produce request with acks=0, say.
 */
public final class CloseConnection extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Closes for {@code reason}, which goes to the log. */
    public CloseConnection(String reason) {
        super(reason, null, false, false);
    }
}
