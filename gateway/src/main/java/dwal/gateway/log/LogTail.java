package dwal.gateway.log;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/**
 * Reads on from an offset, and at the end waits for what comes. Has its own connection to a leader elsewhere, where a fetch that
 * waits holds up all behind it. One call at a time.
 */
public final class LogTail implements AutoCloseable {
    /** So long at most a closed tail still costs something. */
    private static final int WAIT_MS = 500;

    private static final int BYTES = 64 * 1024;

    private final ClusterLogs logs;
    private final KafkaRequests line;
    private final TopicPartition partition;
    private final IsolationLevel isolation;
    private final boolean mayCreate;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param onClose called once */
    LogTail(
            ClusterLogs logs,
            KafkaRequests line,
            TopicPartition partition,
            IsolationLevel isolation,
            boolean mayCreate,
            Runnable onClose) {
        this.logs = logs;
        this.line = line;
        this.partition = partition;
        this.isolation = isolation;
        this.mayCreate = mayCreate;
        this.onClose = onClose;
    }

    /**
     * Some records from {@code offset} on, all of them read before the next call. Empty after a while without any; beyond the end
     * too: what comes there is waited for. {@code OFFSET_OUT_OF_RANGE} before the start.
     */
    public CompletableFuture<Answer<RecordReader>> more(long offset) {
        return readPatiently(offset, WAIT_MS, BYTES).thenCompose(answer -> {
            if (answer.error() == Errors.OFFSET_OUT_OF_RANGE) {
                return awaitEnd(offset, answer.refusedToo());
            }
            return CompletableFuture.completedFuture(
                    answer.isRefused()
                            ? answer.refusedToo()
                            : Answer.of(answer.get().records()));
        });
    }

    /**
     * About {@code maxBytes} from {@code offset} on, and at least one batch; waits up to {@code waitMs} for one.
     *
     * @return without records at the end of the log; {@code OFFSET_OUT_OF_RANGE} before its start, and beyond its end
     */
    public CompletableFuture<Answer<Fetched>> read(long offset, int waitMs, int maxBytes) {
        return logs.read(line, partition, offset, isolation, waitMs, maxBytes, () -> mayCreate && !closed.get());
    }

    /** The same for one who reads on: while a quota is used up he waits. */
    public CompletableFuture<Answer<Fetched>> readPatiently(long offset, int waitMs, int maxBytes) {
        return read(offset, waitMs, maxBytes)
                .thenCompose(answer -> answer.retryMs() == 0 || closed.get()
                        ? CompletableFuture.completedFuture(answer)
                        : line.pause(Math.min(answer.retryMs(), WAIT_MS))
                                .thenCompose(over -> readPatiently(offset, waitMs, maxBytes)));
    }

    private CompletableFuture<Answer<RecordReader>> awaitEnd(long offset, Answer<RecordReader> outOfRange) {
        return logs.listOffset(line, partition, ListOffsetsRequest.EARLIEST_TIMESTAMP, isolation)
                .thenCompose(start -> {
                    if (!start.isRefused() && offset < start.get()) {
                        return CompletableFuture.completedFuture(outOfRange);
                    }
                    return line.pause(WAIT_MS).thenApply(over -> Answer.of(RecordReader.empty(offset)));
                });
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            line.close();
            onClose.run();
        }
    }
}
