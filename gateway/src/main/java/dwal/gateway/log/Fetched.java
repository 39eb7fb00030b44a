package dwal.gateway.log;

/**
 * What a read gave.
 *
 * @param records to be read to their end, or closed
 * @param logStartOffset the first offset of the log
 * @param highWatermark behind the last record that is stored on all in-sync replicas
 * @param lastStableOffset behind the last record that is decided; as the high watermark without transactions
 */
public record Fetched(RecordReader records, long logStartOffset, long highWatermark, long lastStableOffset) {}
