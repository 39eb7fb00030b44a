package dwal.replication;

import dwal.log.AppendOutcome;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One who is answered once, by whoever comes first. Owned by the partition's strand. */
final class Asker {
    private @Nullable Consumer<AppendOutcome> done;

    Asker(Consumer<AppendOutcome> done) {
        this.done = done;
    }

    /** Tells {@code outcome}, unless there was an answer before. */
    void answer(AppendOutcome outcome) {
        Consumer<AppendOutcome> told = done;
        if (told != null) {
            done = null;
            told.accept(outcome);
        }
    }
}
