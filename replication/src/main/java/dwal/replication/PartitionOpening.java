package dwal.replication;

import dwal.environment.Strand;
import dwal.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Opens a partition's log when somebody first needs it, and begins it before the first append, on a thread that may block. Owned
 * by the partition's strand. What comes meanwhile waits in its order, so that a new leader never takes a producer's second batch before
 * its first. What throws stops the partition, and nobody waits any more.
 */
final class PartitionOpening {
    private final PartitionLog log;
    private final Strand strand;
    private final Executor blocking;
    private final Consumer<Errors> onOpen;
    private final Consumer<Throwable> onFault;
    private final List<Runnable> waitingForOpen = new ArrayList<>();
    private final List<Runnable> waitingToAppend = new ArrayList<>();
    private volatile boolean open;
    private boolean opening;
    private boolean beginning;
    private boolean stopped;

    /**
     * @param onOpen told on the strand what became of it, before those who wait
     * @param onFault told on the strand of each throwable that the log, or one of those who wait, lets out; is to {@link #stop} it
     */
    PartitionOpening(
            PartitionLog log, Strand strand, Executor blocking, Consumer<Errors> onOpen, Consumer<Throwable> onFault) {
        this.log = log;
        this.strand = strand;
        this.blocking = blocking;
        this.onOpen = onOpen;
        this.onFault = onFault;
    }

    /** Any thread. */
    boolean isOpen() {
        return open;
    }

    /** Runs {@code task} once the log is open, or the partition has been stopped. */
    void whenOpen(Runnable task) {
        if (open) {
            task.run();
            return;
        }
        waitingForOpen.add(task);
        if (!opening) {
            opening = true;
            whereItMayBlock(this::open);
        }
    }

    /** On a thread that may block. */
    private void open() {
        Errors status = log.open();
        strand.run(() -> {
            guarded(() -> onOpen.accept(status));
            // Only now: who finds it open reads by its role at once, from other threads.
            open = true;
            runAll(waitingForOpen);
        });
    }

    /** Whether an append waits for nothing. */
    boolean isBegun() {
        return stopped || (open && !beginning && log.isBegun());
    }

    /** Runs {@code append} once the log is open and has begun, or the partition has been stopped. */
    void whenBegun(Runnable append) {
        if (isBegun()) {
            append.run();
            return;
        }
        waitingToAppend.add(append);
        if (!beginning) {
            beginning = true;
            whenOpen(() -> whereItMayBlock(this::begin));
        }
    }

    /** On a thread that may block. */
    private void begin() {
        log.begin();
        strand.run(() -> {
            beginning = false;
            runAll(waitingToAppend);
        });
    }

    /** The partition has been stopped: those who wait are to see so now, and whoever comes. */
    void stop() {
        stopped = true;
        open = true;
        runAll(waitingForOpen);
        runAll(waitingToAppend);
    }

    private void whereItMayBlock(Runnable task) {
        try {
            blocking.execute(() -> {
                try {
                    task.run();
                } catch (Throwable fault) {
                    strand.run(() -> onFault.accept(fault));
                }
            });
        } catch (RejectedExecutionException e) {
            onFault.accept(e); // the node is being closed
        }
    }

    /** None of them keeps those behind it from being run. */
    private void runAll(List<Runnable> waiting) {
        List<Runnable> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(this::guarded);
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable fault) {
            onFault.accept(fault);
        }
    }
}
