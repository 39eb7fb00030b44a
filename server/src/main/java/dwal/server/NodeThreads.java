package dwal.server;

import dwal.environment.ThreadTimer;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a node that are neither network loops nor inside an embedded library; all of them end after a minute
 * without work, but for the timer's.
 */
final class NodeThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeThreads.class);

    private static final int DISK_THREADS = 8;

    private static final long IDLE_SECONDS = 60;

    /** Syncs, opening, recovery, look-ups on disk: a fixed number, more waits its turn. */
    final ExecutorService disk;

    private final LinkedBlockingQueue<Runnable> forDisk = new LinkedBlockingQueue<>();

    /** Work that waits for other work, as the coordinators' does: as many as it takes, so that none waits for a thread. */
    final ExecutorService background;

    /** What takes too long for a network loop, and waits for nothing: as many as there are loops. */
    final Executor longWork;

    private final ThreadPoolExecutor longWorkers;

    final ThreadTimer timer;

    NodeThreads(int nodeId) {
        disk = fixed(DISK_THREADS, forDisk, "dwal-" + nodeId + "-disk-");
        longWorkers = fixed(
                Runtime.getRuntime().availableProcessors(), new LinkedBlockingQueue<>(), "dwal-" + nodeId + "-long-");
        longWorkers.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        longWork = longWorkers;
        background = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                named("dwal-" + nodeId + "-background-"));
        timer = new ThreadTimer("dwal-" + nodeId + "-timer");
    }

    /** Tasks for which no disk thread is free. */
    int waitingForDisk() {
        return forDisk.size();
    }

    /** What is long and under way finishes, within some seconds; what waits is dropped: nobody is left to be told of it. */
    void endLongWork() {
        longWorkers.getQueue().clear();
        longWorkers.shutdown();
        try {
            // Not interrupted if it takes longer: that would close the files it writes to.
            boolean ended = longWorkers.awaitTermination(5, TimeUnit.SECONDS);
            LOG.debug("Long work has ended: {}", ended);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets what is under way finish, for some seconds at most. */
    @Override
    public void close() {
        timer.close();
        background.shutdown();
        disk.shutdown();
        try {
            if (!background.awaitTermination(5, TimeUnit.SECONDS) || !disk.awaitTermination(10, TimeUnit.SECONDS)) {
                background.shutdownNow();
                disk.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ThreadPoolExecutor fixed(int threads, LinkedBlockingQueue<Runnable> tasks, String prefix) {
        var fixed = new ThreadPoolExecutor(threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, tasks, named(prefix));
        fixed.allowCoreThreadTimeOut(true);
        return fixed;
    }

    private static ThreadFactory named(String prefix) {
        var number = new AtomicInteger();
        return task -> {
            var thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
