package dwal.server.network;

/**
 * Whether a client's receive window is what holds its answers up, by what the system tells of the connection.
 *
 * <p>Owned by the connection's network loop.
 */
final class ClientWindow {
    /** After how many large answers it is looked again. */
    static final int ANSWERS_PER_LOOK = 4;
    /** A client whose window held answers up for more than this part of the time, one divided by it, takes little at a time. */
    private static final int LIMITED_SHARE = 4;

    private int answers;
    private long busy;
    private long limited;

    /** A large answer was written; gives whether it is time to look. */
    boolean answered() {
        return ++answers % ANSWERS_PER_LOOK == 0;
    }

    /**
     * Whether it held up what was written since the last look.
     *
     * @param busyMicros for how long there was something to send, since the connection began
     * @param limitedMicros for how much of that the client's window was full
     */
    boolean holdsUp(long busyMicros, long limitedMicros) {
        long busyBefore = busy;
        long limitedBefore = limited;
        busy = busyMicros;
        limited = limitedMicros;
        return LIMITED_SHARE * (limitedMicros - limitedBefore) > busyMicros - busyBefore;
    }
}
