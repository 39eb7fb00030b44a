package dwal.gateway.log;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/**
 * Reads on from an offset, and at the end waits for what comes. Has its own connection to a leader elsewhere, where a fetch that
 * waits holds up all behind it. One call of {@link #more} at a time.
 */
public final class LogTail implements AutoCloseable {
    private static final int WAIT_MS = 500;
    private static final int BYTES = 64 * 1024;

    private final DefaultLog log;
    private final KafkaRequests line;

    LogTail(DefaultLog log, KafkaRequests line) {
        this.log = log;
        this.line = line;
    }

    /**
     * Some records from {@code offset} on, all of them read before the next call. Empty after a while without any; beyond the end
     * too: what comes there is waited for. {@code OFFSET_OUT_OF_RANGE} before the start.
     */
    public CompletableFuture<Answer<RecordReader>> more(long offset) {
        return log.readOn(line, offset, WAIT_MS, BYTES)
                .thenCompose(answer -> answer.error() == Errors.OFFSET_OUT_OF_RANGE
                        ? awaitEnd(offset, answer)
                        : CompletableFuture.completedFuture(answer));
    }

    private CompletableFuture<Answer<RecordReader>> awaitEnd(long offset, Answer<RecordReader> outOfRange) {
        return log.startOffset(line).thenCompose(start -> {
            if (!start.isRefused() && offset < start.get()) {
                return CompletableFuture.completedFuture(outOfRange);
            }
            return line.pause(WAIT_MS).thenApply(over -> Answer.of(RecordReader.empty(offset)));
        });
    }

    @Override
    public void close() {
        line.close();
    }
}
