package dwal.server.handler;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

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
