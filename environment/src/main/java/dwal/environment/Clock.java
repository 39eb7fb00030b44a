package dwal.environment;

/** The time. Any thread may ask; the simulated clock moves only when the simulation says so. */
public interface Clock {

    /** Wall-clock time in milliseconds since the epoch: for timestamps that people see. May jump. */
    long wallMs();

    /** Monotonic time in nanoseconds from an arbitrary origin: for measuring how long something took. */
    long nanoTime();

    /** The clock of the machine. */
    static Clock system() {
        return SystemClock.INSTANCE;
    }
}
