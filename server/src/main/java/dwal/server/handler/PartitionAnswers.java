package dwal.server.handler;

import dwal.replication.Partition;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Waits until each partition of a request has filled in its share of the answer, each on whatever thread. Used by one
 * request on its network loop.
 */
final class PartitionAnswers {
    private final AtomicInteger missing = new AtomicInteger(1);
    private final CompletableFuture<Void> all = new CompletableFuture<>();

    /** Begins {@code share}, which calls the task it is given once it is done. */
    void add(Consumer<Runnable> share) {
        missing.incrementAndGet();
        share.accept(this::done);
    }

    /**
     * Begins a share that {@code fill} gives on the strand of {@code partition}, once that is open. If it throws, which stops the
     * partition, {@code refuse} is told with what error to answer.
     */
    void addWhenOpen(Partition partition, Runnable fill, Consumer<Errors> refuse) {
        add(done -> partition.whenOpen(() -> fill(fill, refuse, done)));
    }

    /** Gives a share by {@code fill}, whatever that throws. */
    static void fill(Runnable fill, Consumer<Errors> refuse, Runnable done) {
        try {
            fill.run();
        } catch (RuntimeException | Error fault) {
            refuse.accept(Errors.KAFKA_STORAGE_ERROR);
            throw fault;
        } finally {
            done.run();
        }
    }

    /** Completes with {@code answer} when all shares are done; no more may be added. */
    <T> CompletableFuture<T> then(T answer) {
        done();
        return all.thenApply(nothing -> answer);
    }

    private void done() {
        if (missing.decrementAndGet() == 0) {
            all.complete(null);
        }
    }
}
