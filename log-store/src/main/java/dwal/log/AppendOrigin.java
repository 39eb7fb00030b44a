package dwal.log;

/** Where records to append come from: decides what is checked. */
public enum AppendOrigin {
    /** A producer: everything is checked; control batches are refused. */
    CLIENT,
    /** A coordinator of this node: trusted bytes, may hold control batches. */
    COORDINATOR
}
