package dwal.log;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.Timer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;

/** A store on a folder, with a clock and a timer that the test moves, and blocking work run when the test says so. */
final class LogFixture implements Clock, Timer {
    static final Uuid TOPIC = new Uuid(7, 7);

    final Disk disk;
    final Path data;
    final List<Runnable> waiting = new ArrayList<>();
    private final List<Later> later = new ArrayList<>();
    long wallMs = 10_000;
    LogStore store;

    private record Later(long dueMs, Runnable task) {}

    LogFixture(Disk disk, Path data) {
        this.disk = disk;
        this.data = data;
        this.store = newStore(StoreSettings.defaults());
    }

    LogStore newStore(StoreSettings settings) {
        Executor queue = waiting::add;
        store = new LogStore(disk, data, this, this, queue, new Random(1), settings);
        runBlocking(); // opens the index
        return store;
    }

    /** As after a kill -9: what was queued is gone, files are as they are. */
    LogStore crash() {
        store.abandon();
        waiting.clear();
        later.clear();
        return newStore(StoreSettings.defaults());
    }

    /** As after a clean stop. */
    LogStore restart() {
        return restart(StoreSettings.defaults());
    }

    LogStore restart(StoreSettings settings) {
        runBlocking();
        store.close();
        waiting.clear();
        later.clear();
        return newStore(settings);
    }

    void close() {
        store.abandon();
    }

    static TopicIdPartition partition(int number) {
        return new TopicIdPartition(TOPIC, number, "orders");
    }

    PartitionLog log(LogSettings settings) {
        PartitionLog log = store.log(partition(0), settings);
        log.open();
        return log;
    }

    PartitionLog log() {
        return log(settings());
    }

    static LogSettings settings() {
        return LogSettings.defaults(LogSettings.SyncPolicy.INTERVAL);
    }

    void runBlocking() {
        while (!waiting.isEmpty()) {
            waiting.remove(0).run();
        }
    }

    void advance(long ms) {
        wallMs += ms;
        for (Later one : List.copyOf(later)) {
            if (one.dueMs <= wallMs && later.remove(one)) {
                one.task.run();
            }
        }
    }

    @Override
    public long wallMs() {
        return wallMs;
    }

    @Override
    public long nanoTime() {
        return wallMs * 1_000_000;
    }

    @Override
    public Timeout after(long delayMs, Runnable task) {
        var one = new Later(wallMs + delayMs, task);
        later.add(one);
        return () -> later.remove(one);
    }
}
