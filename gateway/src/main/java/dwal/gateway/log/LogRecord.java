package dwal.gateway.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * One record as it is in the log.
 *
 * @param timestamp in ms since 1970; what {@code timestampType} says
 * @param key its bytes, decompressed, in memory of their own; null where a producer has sent none
 * @param value the same
 * @param headers in their order
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares records
public record LogRecord(
        long offset,
        long timestamp,
        TimestampType timestampType,
        @Nullable ByteBuffer key,
        @Nullable ByteBuffer value,
        Header[] headers) {}
