package dwal.server;

import dwal.environment.ThreadTimer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a node that are neither network loops nor inside an embedded library; all of them end after a minute
 * without work, but for the timer's.
 */
final class NodeThreads implements AutoCloseable {
    private static final int DISK_THREADS = 8;

    private static final long IDLE_SECONDS = 60;

    /** Syncs, opening, recovery, look-ups on disk: a fixed number, more waits its turn. */
    final ExecutorService disk;

    private final LinkedBlockingQueue<Runnable> forDisk = new LinkedBlockingQueue<>();

    /** Work that waits for other work, as the coordinators' does: as many as it takes, so that none waits for a thread. */
    final ExecutorService background;

    final ThreadTimer timer;

    NodeThreads(int nodeId) {
        var fixed = new ThreadPoolExecutor(
                DISK_THREADS,
                DISK_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                forDisk,
                named("dwal-" + nodeId + "-disk-"));
        fixed.allowCoreThreadTimeOut(true);
        disk = fixed;
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

    private static ThreadFactory named(String prefix) {
        var number = new AtomicInteger();
        return task -> {
            var thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
