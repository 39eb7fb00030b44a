package dwal.server.network;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of answers all connections together hold that their clients have not taken; what is sent from files is
 * not counted. Any thread.
 *
 * <p>Above the limit connections with such answers are not read from, and closed if they go on not taking them
 * ({@link UntakenAnswers}); above twice the limit the worst of them is closed at once.
 */
final class AnswerMemory {
    private final long limit;
    private final Runnable relief;
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong leaving = new AtomicLong();

    /**
     * @param limit from where on there is little left
     * @param relief called on the loop of a connection that holds more than there was left: is to close the worst
     */
    AnswerMemory(long limit, Runnable relief) {
        this.limit = limit;
        this.relief = relief;
    }

    /** Bytes held now. */
    long heldBytes() {
        return held.get();
    }

    /** From where on it is short. */
    long limitBytes() {
        return limit;
    }

    boolean isShort() {
        return held.get() > limit;
    }

    /** Whether more must be closed at once than is about to be. */
    boolean isExhausted() {
        return held.get() - leaving.get() > 2 * limit;
    }

    /** A connection that holds so many bytes is about to be closed; negative when it is. */
    void leaves(long bytes) {
        leaving.addAndGet(bytes);
    }

    /** A connection holds so many bytes more, or fewer. On its loop. */
    void change(long bytes) {
        held.addAndGet(bytes);
        if (bytes > 0 && isExhausted()) {
            relief.run();
        }
    }
}
