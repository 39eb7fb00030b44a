package dwal.server.simulation;

import java.util.ArrayDeque;
import java.util.Locale;
import java.util.function.Supplier;

/** What has happened in a simulation, of which it keeps the last part, for who reads of a failure. Costs nothing while off. */
final class History {
    private static final int LINES = 60;

    private final VirtualTime time;
    private final long beganMs;
    private final boolean on;
    private final ArrayDeque<String> last = new ArrayDeque<>();

    History(VirtualTime time, boolean on) {
        this.time = time;
        this.beganMs = time.nowMs();
        this.on = on;
    }

    /** {@code event} has happened now. */
    void note(Supplier<String> event) {
        if (on) {
            if (last.size() == LINES) {
                last.removeFirst();
            }
            last.add(String.format(Locale.ROOT, "%8d ms  %s", time.nowMs() - beganMs, event.get()));
        }
    }

    /** The last events, one a line; empty if it is off. */
    String lastPart() {
        return String.join("\n", last);
    }
}
