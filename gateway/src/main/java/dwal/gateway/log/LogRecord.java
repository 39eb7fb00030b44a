package dwal.gateway.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One record, as those see it who know neither keys nor headers.
 *
 * @param value its bytes, decompressed, in memory of their own; null where a producer has sent none
 */
public record LogRecord(long offset, @Nullable ByteBuffer value) {}
