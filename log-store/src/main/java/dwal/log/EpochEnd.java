package dwal.log;

/** The largest leader epoch at most the one asked for and the offset where it ends (KIP-101). Immutable; any thread. */
public record EpochEnd(int epoch, long endOffset) {
    /** Nothing is known of that epoch. */
    public static final EpochEnd UNKNOWN = new EpochEnd(-1, -1);
}
