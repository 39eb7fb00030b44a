package dwal.log;

import dwal.log.index.IndexException;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a log cut by {@link LogTruncation}, in the spare room of a full disk, and puts it offline if that fails. On the partition's
 * strand, and may wait for the disk.
 */
final class LogCuts {
    private static final Logger log = LoggerFactory.getLogger(LogCuts.class);

    private final LogStore store;
    private final TopicIdPartition partition;
    private final Path directory;
    private final LogState state;
    private final PartitionIndex index;
    private final LogSync sync;
    private final Checkpoints checkpoints;
    private final LogHealth health;
    private final CheckpointSchedule schedule;

    private interface Cut {
        void with(LogTruncation truncation) throws IOException, IndexException, DamagedLogException;
    }

    LogCuts(
            LogStore store,
            TopicIdPartition partition,
            Path directory,
            LogState state,
            PartitionIndex index,
            LogSync sync,
            Checkpoints checkpoints,
            LogHealth health,
            CheckpointSchedule schedule) {
        this.store = store;
        this.partition = partition;
        this.directory = directory;
        this.state = state;
        this.index = index;
        this.sync = sync;
        this.checkpoints = checkpoints;
        this.health = health;
        this.schedule = schedule;
    }

    /** As {@link PartitionLog#truncateTo}. */
    Errors truncateTo(long offset, LogSettings now) {
        long end = state.endOffset();
        if (offset >= end) {
            state.setEpochs(state.epochs().before(end));
            return health.status();
        }
        Segment[] segments = state.segments();
        return offset <= segments[0].baseOffset()
                ? startOver(Math.max(offset, 0), now)
                : cut(now, truncation -> truncation.truncateTo(offset));
    }

    /** As {@link PartitionLog#startOver}. */
    Errors startOver(long offset, LogSettings now) {
        return cut(now, truncation -> truncation.startOver(offset));
    }

    private Errors cut(LogSettings now, Cut how) {
        if (health.whyOffline() == null) {
            store.spareRoom().use(() -> tryToCut(now, how));
        }
        return health.status();
    }

    private void tryToCut(LogSettings now, Cut how) {
        try {
            how.with(truncation(now));
            schedule.changed(0, now);
        } catch (DamagedLogException | HeaderSteps.NoBatchException e) {
            health.damagedAt(e.getMessage());
        } catch (IOException | IndexException e) {
            health.failDirectory("The log of " + partition.topicPartition()
                    + " could not be cut back to where it parts from the leader's: " + e);
        }
    }

    /** As {@link PartitionLog#dropDamaged}. */
    Errors dropDamaged(LogSettings now) {
        if (!health.isDamaged()) {
            throw new AssertionError(partition + " is not damaged");
        }
        try {
            log.warn("{} is dropped, for it is damaged; its records are fetched anew from the leader", directory);
            truncation(now).dropDamaged();
            health.damageDropped();
        } catch (IOException | IndexException e) {
            log.error("{} could not be dropped: {}", directory, e.toString());
        }
        return health.status();
    }

    private LogTruncation truncation(LogSettings now) {
        return new LogTruncation(store, partition, directory, now, state, index, sync, checkpoints);
    }
}
