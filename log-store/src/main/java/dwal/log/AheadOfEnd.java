package dwal.log;

/**
 * How far the file of a segment is prepared ahead of the log's end, so that appends cost less. Immutable.
 *
 * @param fromBytes nothing is prepared in segments smaller than this
 * @param zerosBytes zeros are written up to the next multiple of this
 * @param mostReservedBytes as many blocks are reserved as the segment has, but at most so many bytes of them
 */
public record AheadOfEnd(int fromBytes, int zerosBytes, int mostReservedBytes) {
    /** More zeros behind a segment are no work of a node. */
    static final int MOST_ZEROS_BYTES = 128 << 10;
    /** Where these sizes are from: docs/performance.md. */
    public static final AheadOfEnd USUAL = new AheadOfEnd(1 << 20, MOST_ZEROS_BYTES, 16 << 20);

    /** Throws IllegalArgumentException for more zeros than a start takes for such. */
    public AheadOfEnd {
        if (zerosBytes <= 0 || zerosBytes > MOST_ZEROS_BYTES) {
            throw new IllegalArgumentException("zeros in steps of " + zerosBytes);
        }
    }
}
