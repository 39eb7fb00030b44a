package dwal.log;

import dwal.environment.NotOpenedException;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one log can be used. It goes offline once, because the disk failed, damage was found or it was deleted; only one that was
 * damaged comes back, empty, to be fetched anew. Any thread.
 */
final class LogHealth {
    private static final Logger log = LoggerFactory.getLogger(LogHealth.class);

    private final LogStore store;
    private final TopicIdPartition partition;
    private final Consumer<String> told;
    private volatile @Nullable String offline;
    private volatile boolean damaged;
    private volatile boolean deleted;

    /** @param told gets the reason, on the thread on which the log goes offline */
    LogHealth(LogStore store, TopicIdPartition partition, Consumer<String> told) {
        this.store = store;
        this.partition = partition;
        this.told = told;
    }

    /** Why the log takes and gives nothing; null while it does. */
    @Nullable
    String whyOffline() {
        return offline;
    }

    boolean isDamaged() {
        return damaged;
    }

    boolean isDeleted() {
        return deleted;
    }

    /** {@code NONE}, or {@code KAFKA_STORAGE_ERROR} when the log is offline. */
    Errors status() {
        return offline == null ? Errors.NONE : Errors.KAFKA_STORAGE_ERROR;
    }

    /** Takes no appends any more, from the first call on. Takes no lock of a log: all those of a failed directory come here. */
    void goOffline(String reason) {
        synchronized (this) {
            if (offline != null) {
                return;
            }
            offline = reason;
        }
        if (!deleted) {
            store.metrics().failed();
        }
        told.accept(reason);
    }

    /** All logs of the directory go offline with this one: it is the disk that cannot be relied on any more. */
    void failDirectory(String reason) {
        if (deleted) {
            return; // its files have gone under whoever was using them
        }
        goOffline(reason);
        store.failAll(reason);
    }

    /** Damage was found when the log was to be opened, or the disk or the system did not let it. */
    void cannotBeOpened(Exception why) {
        if (!(why instanceof DamagedLogException || why instanceof NotOpenedException)) {
            failDirectory("The log of " + partition.topicPartition() + " cannot be opened: " + why.getMessage());
            return;
        }
        damaged = why instanceof DamagedLogException;
        String remedy = damaged ? "" : ". Allow the process more open files, and start it anew";
        log.error(
                "The log of {} is offline. It cannot be opened: {}{}",
                partition.topicPartition(),
                why.getMessage(),
                remedy);
        goOffline("It cannot be opened: " + why.getMessage() + remedy);
    }

    /** Damage was found at a place that {@code where} tells, of a log in use; on the strand. */
    void damagedAt(@Nullable String where) {
        if (offline == null) {
            damaged = true;
            log.error(
                    "The log of {} is offline, for it is damaged. {}. While another replica leads it is dropped and fetched"
                            + " anew; if there is none, restore the file from a backup, or cut it there by hand",
                    partition.topicPartition(),
                    where);
            goOffline("It is damaged: " + where);
        }
    }

    /** What was damaged is gone, and the log can be used again; on the strand. */
    void damageDropped() {
        damaged = false;
        offline = null;
    }

    /** The files are about to go: what fails from now on means nothing. */
    void deleted() {
        deleted = true;
        goOffline("It was deleted");
    }
}
