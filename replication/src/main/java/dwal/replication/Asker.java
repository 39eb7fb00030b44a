package dwal.replication;

import dwal.log.AppendOutcome;
import org.jspecify.annotations.Nullable;

/** One who is answered once, by whoever comes first. Owned by the partition's strand. */
final class Asker implements Waiter {
    private volatile @Nullable Waiter waiter;

    Asker(Waiter waiter) {
        this.waiter = waiter;
    }

    /** Tells {@code outcome}, unless there was an answer before. */
    @Override
    public void done(AppendOutcome outcome) {
        Waiter told = waiter;
        if (told != null) {
            waiter = null;
            told.done(outcome);
        }
    }

    @Override
    public boolean hasLeft() {
        Waiter asked = waiter;
        return asked == null || asked.hasLeft();
    }
}
