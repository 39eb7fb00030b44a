package dwal.server.controller;

import dwal.environment.Disk;
import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Refuses what makes the metadata grow without end while the disk is full, so that the room which is kept for the metadata log lasts
 * for what must go on. Requests that may be how somebody makes room are no such: deletions, changes of configuration (retention),
 * reassignments, quotas. Any thread.
 *
 * @param directory on the disk in question
 * @param reserveBytes {@code dwal.disk.reserve}
 */
public record GrowthOnFullDisk(Disk disk, Path directory, long reserveBytes) implements ApiTable.Change {
    /** Where there is no reserve, or a tiny one, room gets scarce below this. */
    private static final long LEAST_BYTES = 1L << 20;

    private static final Set<ApiKeys> GROWS =
            EnumSet.of(ApiKeys.CREATE_TOPICS, ApiKeys.CREATE_PARTITIONS, ApiKeys.CREATE_ACLS);

    @Override
    public <Q extends ApiMessage> Handler<Q> of(ApiKeys key, Handler<Q> handler) {
        if (!GROWS.contains(key)) {
            return handler;
        }
        return (context, request) -> isFull()
                ? CompletableFuture.failedFuture(new KafkaStorageException("The disk of the active controller, "
                        + directory + ", has less than " + least()
                        + " free, so nothing can be created: make room"))
                : handler.handle(context, request);
    }

    /** Asks the system each time: such requests are few. */
    private boolean isFull() {
        try {
            return disk.usableBytes(directory) < leastBytes();
        } catch (IOException e) {
            return false; // the write that comes is what tells of trouble
        }
    }

    private String least() {
        if (reserveBytes >= LEAST_BYTES) {
            return "dwal.disk.reserve (" + reserveBytes + " bytes)";
        }
        return LEAST_BYTES + " bytes" + (reserveBytes > 0 ? " (and dwal.disk.reserve is less)" : "");
    }

    private long leastBytes() {
        return Math.max(reserveBytes, LEAST_BYTES);
    }
}
