package dwal.log;

import dwal.log.index.LogIndex;
import dwal.log.index.MemoryIndex;
import java.util.random.RandomGenerator;

/** The index of a simulated node, without files or threads. One thread. */
public final class SimulatedIndex {
    private final MemoryIndex index;

    /** An empty one. */
    public SimulatedIndex() {
        this(new MemoryIndex());
    }

    private SimulatedIndex(MemoryIndex index) {
        this.index = index;
    }

    /** What a crash leaves: all that was flushed, and of the changes since as many of the first as {@code random} says. */
    public SimulatedIndex afterCrash(RandomGenerator random) {
        return new SimulatedIndex(index.afterCrash(random));
    }

    LogIndex index() {
        return index;
    }
}
