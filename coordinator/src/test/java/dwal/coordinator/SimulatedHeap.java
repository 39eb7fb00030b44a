package dwal.coordinator;

import dwal.environment.Clock;
import dwal.environment.HeapRoom;

/** A heap of 1600 MiB, for tests: what lives on it, and what is garbage, is as the test says. It is collected at once. */
public final class SimulatedHeap {
    /** How large it may get. */
    public static final long MAX_BYTES = 1600L << 20;

    private volatile long living;
    private volatile long garbage;

    HeapRoom room(Clock clock) {
        return new HeapRoom(
                MAX_BYTES, () -> living + garbage, () -> living + garbage, () -> garbage = 0, clock, Runnable::run);
    }

    /** From now on so many bytes live on it, and so many are garbage until it is collected. */
    public void holds(long livingBytes, long garbageBytes) {
        living = livingBytes;
        garbage = garbageBytes;
    }
}
