package dwal.log;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one log starts: raises that for DeleteRecords and for retention, and lets go of the segments below. Belongs to the
 * partition's strand.
 *
 * <p>A new start is made to outlive a crash first, on threads that may block, and is published then: so no reader sees the
 * log start at an offset, and at an earlier one after a crash.
 */
final class LogStart {
    private static final Logger log = LoggerFactory.getLogger(LogStart.class);

    private final PartitionLog owner;
    private final LogStore store;
    private final LogState state;
    private final Checkpoints checkpoints;
    private final CheckpointSchedule schedule;
    /** The offset that retention has asked for. */
    private long asked;

    LogStart(PartitionLog owner, LogStore store, LogState state, Checkpoints checkpoints, CheckpointSchedule schedule) {
        this.owner = owner;
        this.store = store;
        this.state = state;
        this.checkpoints = checkpoints;
        this.schedule = schedule;
    }

    /** Makes {@code offset} the log start; then {@code done} gets what went wrong, or null, on the strand. */
    void raise(long offset, Consumer<@Nullable String> done) {
        if (offset <= state.startOffset()) {
            done.accept(null);
            return;
        }
        checkpoints.raiseStart(offset);
        store.startOffsets()
                .keep(
                        owner,
                        problem -> owner.startKept(() -> {
                            String wrong = "A fault came up; see the node's log";
                            try {
                                if (problem == null && offset > state.startOffset()) {
                                    publish(offset);
                                }
                                wrong = problem;
                            } finally {
                                done.accept(wrong);
                            }
                        }));
    }

    /** Raises it to where the retention of {@code settings} asks for. */
    void retain(LogSettings settings, long wallMs) {
        long offset = Retention.firstOffsetKept(state, settings, wallMs);
        if (offset <= Math.max(asked, state.startOffset())) {
            return;
        }
        asked = offset;
        raise(offset, problem -> {
            if (problem != null) {
                asked = state.startOffset();
                log.warn("Retention of {} failed and is tried again later: {}", owner.partition(), problem);
            }
        });
    }

    /** Segments wholly below {@code offset} go once readers are done. */
    private void publish(long offset) {
        Place tail = state.tail();
        if (tail != null && offset == tail.offset() && tail.segment().sizeBytes() > 0) {
            try {
                owner.roll(tail.segment());
            } catch (IOException e) {
                log.warn(
                        "The last segment of {} stays, for there can be no new one: {}",
                        owner.partition(),
                        e.toString());
            }
        }
        state.setStartOffset(offset);
        state.setEpochs(state.epochs().from(offset));
        state.producers().forgetBefore(offset);
        Segment[] before = state.segments();
        int keep = Math.max(0, LogState.floor(before, offset));
        if (keep > 0) {
            state.setSegments(Arrays.copyOfRange(before, keep, before.length));
            List<Segment> gone = List.of(before).subList(0, keep);
            gone.forEach(Segment::retire);
            store.deleteLater(owner, gone, owner.settings().fileDeleteDelayMs());
        }
        schedule.changed(0, owner.settings());
    }
}
