package dwal.log;

import dwal.environment.SpareRoom;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes raised log start offsets outlive a crash: a checkpoint for each log, then one flush of the index for all that came
 * meanwhile, and the loss of the index: one {@link StartOffsetFile} for all. On a full disk in the room that is kept for
 * it, since deleting is how such a disk gets room again. Asked by any thread; works on one that may block.
 */
final class StartOffsets {
    private static final Logger LOG = LoggerFactory.getLogger(StartOffsets.class);

    private record Raise(PartitionLog log, Consumer<@Nullable String> done) {}

    private final Supplier<@Nullable LogIndex> index;
    private final StartOffsetFile file;
    private final ConcurrentLinkedQueue<Raise> waiting = new ConcurrentLinkedQueue<>();
    private final SyncRounds rounds;

    StartOffsets(Supplier<@Nullable LogIndex> index, StartOffsetFile file, SpareRoom spareRoom, Executor blocking) {
        this.index = index;
        this.file = file;
        this.rounds = new SyncRounds(() -> round(spareRoom), blocking);
    }

    /** Has {@code log}'s next start offset kept, then calls {@code done} with what went wrong, or null. */
    void keep(PartitionLog log, Consumer<@Nullable String> done) {
        waiting.add(new Raise(log, done));
        rounds.request();
    }

    private void round(SpareRoom spareRoom) {
        List<Raise> taken = new ArrayList<>();
        for (Raise one = waiting.poll(); one != null; one = waiting.poll()) {
            taken.add(one);
        }
        try {
            spareRoom.use(() -> keep(taken));
        } catch (RuntimeException | Error fault) {
            LOG.error("Where {} logs start could not be kept", taken.size(), fault);
            taken.forEach(one -> one.done().accept(fault.toString()));
        }
    }

    private void keep(List<Raise> taken) {
        Map<PartitionLog, @Nullable String> problems = new HashMap<>();
        for (Raise one : taken) {
            if (!problems.containsKey(one.log())) {
                problems.put(one.log(), one.log().saveCheckpoint());
            }
        }
        String flushProblem = flush();
        if (flushProblem == null) {
            flushProblem = write(problems);
        }
        for (Raise one : taken) {
            String problem = problems.get(one.log());
            one.done().accept(problem != null ? problem : flushProblem);
        }
    }

    private @Nullable String write(Map<PartitionLog, @Nullable String> saved) {
        Map<TopicPartition, Long> raised = new HashMap<>();
        saved.forEach((log, problem) -> {
            if (problem == null) {
                raised.put(log.partition().topicPartition(), log.keptStartOffset());
            }
        });
        try {
            file.keep(raised);
            return null;
        } catch (IOException e) {
            return e.toString();
        }
    }

    private @Nullable String flush() {
        LogIndex open = index.get();
        if (open == null) {
            return "The node runs without an index, so where a log starts cannot be kept; see the node's log";
        }
        try {
            return open.flush() ? null : "The node is stopping";
        } catch (IndexException e) {
            return e.getMessage();
        }
    }
}
