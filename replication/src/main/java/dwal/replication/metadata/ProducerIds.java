package dwal.replication.metadata;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands out producer ids, each once in the life of the cluster.
 *
 * <p>The controller gives them out in blocks and commits where the next block begins before it answers, so what is left of a
 * block when a broker stops is lost, never given twice. The next block is asked for when a tenth of this one is left.
 * Any thread; never blocks.
 */
public final class ProducerIds {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerIds.class);
    private static final int MOST_WAITING = 10_000;

    /** Ids from {@code next} up to, not including, {@code end}. */
    private static final class Block {
        private long next;
        private final long end;
        private final long askAt;

        Block(long start, int length) {
            next = start;
            end = start + length;
            askAt = end - Math.max(1, length / 10);
        }

        boolean isEmpty() {
            return next == end;
        }
    }

    private final Supplier<CompletableFuture<AllocateProducerIdsResponseData>> allocate;
    private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private Block current = new Block(0, 0);
    private @Nullable Block following;
    private boolean asking;

    /** Gets its blocks from {@code allocate}. */
    ProducerIds(Supplier<CompletableFuture<AllocateProducerIdsResponseData>> allocate) {
        this.allocate = allocate;
    }

    /** The next id; fails with a retriable exception of Kafka's when the controller cannot give a block now. */
    public CompletionStage<Long> next() {
        CompletableFuture<Long> answer;
        boolean ask;
        synchronized (this) {
            if (waiting.size() >= MOST_WAITING) {
                return CompletableFuture.failedFuture(
                        new CoordinatorLoadInProgressException("Too many producers wait for an id: try again later"));
            }
            Long id = take();
            answer = id == null ? new CompletableFuture<>() : CompletableFuture.completedFuture(id);
            if (id == null) {
                waiting.add(answer);
            }
            ask = !asking && following == null && current.next >= current.askAt;
            asking |= ask;
        }
        if (ask) {
            ask();
        }
        return answer;
    }

    private @Nullable Long take() {
        if (current.isEmpty() && following != null) {
            current = following;
            following = null;
        }
        return current.isEmpty() ? null : current.next++;
    }

    private void ask() {
        CompletableFuture<AllocateProducerIdsResponseData> block;
        try {
            block = allocate.get();
        } catch (RuntimeException e) {
            block = CompletableFuture.failedFuture(e);
        }
        var unused = block.whenComplete((answer, error) -> {
            if (error != null) {
                tell(error.getMessage());
                refuse();
            } else if (answer.errorCode() == Errors.STALE_BROKER_EPOCH.code()) {
                refuse(); // this run of the node is about to be registered, as each is after its start
            } else if (answer.errorCode() != Errors.NONE.code()) {
                tell(Errors.forCode(answer.errorCode()).message());
                refuse();
            } else {
                onBlock(new Block(answer.producerIdStart(), answer.producerIdLen()));
            }
        });
    }

    private void onBlock(Block block) {
        var ready = new ArrayDeque<Runnable>();
        boolean ask;
        synchronized (this) {
            asking = false;
            following = block;
            while (!waiting.isEmpty()) {
                Long id = take();
                if (id == null) {
                    break;
                }
                CompletableFuture<Long> waiter = waiting.remove();
                ready.add(() -> waiter.complete(id));
            }
            ask = !waiting.isEmpty();
            asking = ask;
        }
        if (ask) {
            ask();
        }
        ready.forEach(Runnable::run);
    }

    private static void tell(@Nullable String reason) {
        LOG.warn("The controller gave no producer ids: {}", reason);
    }

    private void refuse() {
        Queue<CompletableFuture<Long>> refused;
        synchronized (this) {
            asking = false;
            refused = new ArrayDeque<>(waiting);
            waiting.clear();
        }
        var error =
                new CoordinatorLoadInProgressException("No producer id could be had from the controller: try again");
        refused.forEach(waiter -> waiter.completeExceptionally(error));
    }
}
