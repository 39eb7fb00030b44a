package dwal.replication.metadata;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.raft.ExpirationService;
import org.apache.kafka.server.util.Scheduler;

/**
 * Fails futures that nobody completed in time. Kafka's own uses a timing wheel that a thread turns five times a second;
 * this one sleeps until something is due. Any thread.
 */
final class Expirations implements ExpirationService {
    private final Scheduler scheduler;

    Expirations(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public <T> CompletableFuture<T> failAfter(long timeoutMs) {
        var future = new CompletableFuture<T>();
        var expiry = scheduler.scheduleOnce(
                "expiration",
                () -> future.completeExceptionally(
                        new TimeoutException("Future failed to be completed before timeout of " + timeoutMs + " ms")),
                timeoutMs);
        var unused = future.whenComplete((value, error) -> expiry.cancel(false));
        return future;
    }
}
