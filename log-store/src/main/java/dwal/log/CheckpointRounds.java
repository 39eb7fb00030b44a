package dwal.log;

import dwal.environment.SpareRoom;
import dwal.environment.Timer;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicIdPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has checkpoints written of logs that have changed, some time after, and the index flushed behind them, once for all. Asked by any
 * thread; works on those that may block.
 *
 * <p>On a full disk that waits: it only makes the next start shorter, and RocksDB, once a flush has found no room, takes no
 * write before there is a lot of it: no deletion either.
 */
final class CheckpointRounds {
    private static final Logger logger = LoggerFactory.getLogger(CheckpointRounds.class);
    private static final long FLUSH_MS = 5_000;

    private final Supplier<@Nullable LogIndex> index;
    private final SpareRoom spareRoom;
    private final Timer timer;
    private final Executor blocking;
    private final long everyMs;
    /** By their names, not in a set of objects: their order would be another in each run, and with it that of syncs. */
    private final Map<TopicIdPartition, PartitionLog> changed = new ConcurrentHashMap<>();

    private final AtomicBoolean roundSet = new AtomicBoolean();
    private final AtomicBoolean flushSet = new AtomicBoolean();

    /** @param everyMs a log that has changed waits so long at most */
    CheckpointRounds(
            Supplier<@Nullable LogIndex> index, SpareRoom spareRoom, Timer timer, Executor blocking, long everyMs) {
        this.index = index;
        this.spareRoom = spareRoom;
        this.timer = timer;
        this.blocking = blocking;
        this.everyMs = everyMs;
    }

    /** Has a checkpoint of {@code log} written with the next round. */
    void later(PartitionLog log) {
        changed.put(log.partition(), log);
        setRound();
    }

    private void setRound() {
        if (roundSet.compareAndSet(false, true)) {
            timer.after(everyMs, () -> blocking.execute(this::round));
        }
    }

    private void round() {
        roundSet.set(false);
        if (spareRoom.isNeeded()) {
            setRound();
            return;
        }
        for (PartitionLog log : List.copyOf(changed.values())) {
            changed.remove(log.partition(), log);
            log.checkpoint();
        }
        flush();
    }

    /** Has a checkpoint of {@code log} written now. */
    void soon(PartitionLog log) {
        blocking.execute(() -> {
            log.checkpoint();
            setFlush();
        });
    }

    private void setFlush() {
        if (flushSet.compareAndSet(false, true)) {
            timer.after(FLUSH_MS, () -> blocking.execute(this::flushWhereThereIsRoom));
        }
    }

    private void flushWhereThereIsRoom() {
        flushSet.set(false);
        if (spareRoom.isNeeded()) {
            setRound();
        } else {
            flush();
        }
    }

    /** Makes the checkpoints that were written outlive a crash, if the disk lets it. Blocks. */
    void flush() {
        LogIndex open = index.get();
        if (open == null) {
            return;
        }
        try {
            open.flush();
        } catch (IndexException e) {
            logger.warn("{}", e.getMessage());
        }
    }
}
