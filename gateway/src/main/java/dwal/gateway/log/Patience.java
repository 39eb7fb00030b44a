package dwal.gateway.log;

import java.util.function.BooleanSupplier;

/**
 * How long one who appends waits: while leaders change and a topic is being created, as long as a request may take; with a
 * {@code forQuota} also while a quota is used up.
 *
 * @param over whether nobody waits for the answer any more; any thread may ask
 */
public record Patience(boolean forQuota, BooleanSupplier over) {
    /** That of a client who is told when to come again where a quota is used up. */
    public static Patience until(BooleanSupplier over) {
        return new Patience(false, over);
    }

    /** That of a client who sends on and on, and would have to be cut off instead. */
    public static Patience ofStreamUntil(BooleanSupplier over) {
        return new Patience(true, over);
    }

    boolean isOver() {
        return over.getAsBoolean();
    }
}
