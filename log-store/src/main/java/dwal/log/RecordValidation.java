package dwal.log;

/**
 * {@code dwal.record.validation}: how deep a client's batch is looked into before it enters a log. Header, checksum and
 * counts are always checked, and so is the framing of records that are not compressed: that is cheap.
 *
 * <p>What inflating costs, in CPU seconds per GB of records, beside 0.1 for the checksum: lz4 1.0 to 1.6, zstd 2.3 to 2.9;
 * Kafka, which always inflates: 1.1 to 2.0, 2.0 to 3.1. Stepping through records that are not compressed: 0.03 to 0.2;
 * Kafka 0.15 to 0.8. (Records of 1,000 to 100 bytes in batches of 1 MB; one thread, JDK 17.)
 */
public enum RecordValidation {
    /** Compressed records are kept as they come: damage on the way is noticed, a malicious producer's is not. */
    BATCH,
    /** Compressed records are inflated, within a bound, and stepped through: what consumers cannot read is refused. */
    FULL
}
