package dwal.coordinator;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks that may block one after another, in the order in which they were given, on threads of an executor; never on
 * the thread that gives them. Any thread may give.
 */
final class Lane {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private final String name;
    private final Executor executor;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unfinished = new AtomicInteger();

    Lane(String name, Executor executor) {
        this.name = name;
        this.executor = executor;
    }

    /** Runs {@code task} when those given before have ended; one that throws is logged and does not stop those behind it. */
    void run(Runnable task) {
        waiting.add(task);
        if (unfinished.getAndIncrement() == 0) {
            executor.execute(this::drain);
        }
    }

    private void drain() {
        do {
            try {
                waiting.remove().run();
            } catch (Throwable e) {
                LOG.error("A task of {} failed", name, e);
            }
        } while (unfinished.decrementAndGet() != 0);
    }
}
