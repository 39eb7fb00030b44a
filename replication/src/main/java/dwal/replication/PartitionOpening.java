package dwal.replication;

import dwal.environment.Strand;
import dwal.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Opens a partition's log when somebody first needs it, and begins it before the first append, on a thread that may block. Owned
 * by the partition's strand. What comes meanwhile waits in its order, so that a new leader never takes a producer's second batch before
 * its first.
 */
final class PartitionOpening {
    private final PartitionLog log;
    private final Strand strand;
    private final Executor blocking;
    private final Consumer<Errors> onOpen;
    private final List<Runnable> waitingForOpen = new ArrayList<>();
    private final List<Runnable> waitingToAppend = new ArrayList<>();
    private volatile boolean open;
    private boolean opening;
    private boolean beginning;

    /** @param onOpen told on the strand what became of it, before those who wait */
    PartitionOpening(PartitionLog log, Strand strand, Executor blocking, Consumer<Errors> onOpen) {
        this.log = log;
        this.strand = strand;
        this.blocking = blocking;
        this.onOpen = onOpen;
    }

    /** Any thread. */
    boolean isOpen() {
        return open;
    }

    /** Runs {@code task} once the log is open. */
    void whenOpen(Runnable task) {
        if (open) {
            task.run();
            return;
        }
        waitingForOpen.add(task);
        if (!opening) {
            opening = true;
            blocking.execute(this::open);
        }
    }

    /** On a thread that may block. */
    private void open() {
        Errors status = log.open();
        strand.run(() -> {
            try {
                onOpen.accept(status);
            } finally {
                // Only now: who finds it open reads by its role at once, from other threads.
                open = true;
            }
            runAll(waitingForOpen);
        });
    }

    /** Whether an append waits for nothing. */
    boolean isBegun() {
        return open && !beginning && log.isBegun();
    }

    /** Runs {@code append} once the log is open and has begun. */
    void whenBegun(Runnable append) {
        if (isBegun()) {
            append.run();
            return;
        }
        waitingToAppend.add(append);
        if (!beginning) {
            beginning = true;
            whenOpen(() -> blocking.execute(this::begin));
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

    private static void runAll(List<Runnable> waiting) {
        List<Runnable> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(Runnable::run);
    }
}
