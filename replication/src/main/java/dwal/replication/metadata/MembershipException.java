package dwal.replication.metadata;

/** This node cannot be a broker of the cluster that it is configured for; the message says why, and what to do. */
public final class MembershipException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MembershipException(String message) {
        super(message);
    }
}
