package dwal.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class IdleMemoryTest {
    private static final long MIB = 1 << 20;

    private long used = 20 * MIB;
    private boolean collected;
    private int collections;
    private int trims;
    private final IdleMemory memory = new IdleMemory(
            () -> used,
            () -> {
                boolean now = collected;
                collected = false;
                return now;
            },
            () -> {
                collections++;
                collected = true;
                used = 10 * MIB;
            },
            () -> trims++);

    private void tick(long allocated) {
        tick(allocated, 0);
    }

    private void tick(long allocated, long allocatedBeforeSecondLook) {
        used += allocated;
        if (memory.tick() == IdleMemory.SECOND_LOOK_MS) {
            used += allocatedBeforeSecondLook;
            assertEquals(IdleMemory.TICK_MS, memory.tick());
        }
    }

    /** With collections of the young part of the heap, after which {@code more} than at the last tick is in use. */
    private void tickWithCollections(long more) {
        collected = true;
        tick(more);
    }

    private void quietTicks(int count) {
        for (int i = 0; i < count; i++) {
            tick(MIB / 16);
        }
    }

    @Test
    void givesBackOnceWhenTheStartIsOver() {
        tick(20 * MIB);
        tick(8 * MIB);
        assertEquals(0, collections);
        quietTicks(1);
        assertEquals(1, collections);
        assertEquals(1, trims);
        quietTicks(500);
        assertEquals(1, collections);
        assertEquals(1, trims);
    }

    @Test
    void givesBackWhatNativeCodeHasFreedWhileThereIsWork() {
        for (int i = 0; i < 2 * IdleMemory.TICKS_BETWEEN_TRIMS; i++) {
            tick(10 * MIB);
        }
        assertEquals(0, collections);
        assertEquals(2, trims);
        tick(10 * MIB);
        quietTicks(5);
        assertEquals(3, trims);
    }

    @Test
    void givesBackAgainWhenWorkHasEnded() {
        quietTicks(IdleMemory.LEAST_TICKS_BETWEEN + 2);
        assertEquals(1, collections);
        tick(50 * MIB);
        tickWithCollections(-40 * MIB);
        assertEquals(1, collections);
        quietTicks(1);
        assertEquals(2, collections);
    }

    @Test
    void aSteadyLoadIsNotTakenForQuietWhateverIsInUse() {
        quietTicks(2 * IdleMemory.LEAST_TICKS_BETWEEN);
        assertEquals(1, collections);
        for (int i = 0; i < 10 * IdleMemory.LEAST_TICKS_BETWEEN; i++) {
            tickWithCollections((i % 3 - 1) * MIB);
        }
        assertEquals(1, collections);
        quietTicks(1);
        assertEquals(2, collections);
    }

    @Test
    void aCollectionNowAndThenIsNoWork() {
        quietTicks(2 * IdleMemory.LEAST_TICKS_BETWEEN);
        for (int i = 0; i < 10; i++) {
            tickWithCollections(-MIB);
            quietTicks(2 * IdleMemory.LEAST_TICKS_BETWEEN);
        }
        assertEquals(1, collections);
    }

    @Test
    void workThatBeginsAtTheEndOfAQuietTickIsNotHeldUp() {
        quietTicks(2 * IdleMemory.LEAST_TICKS_BETWEEN);
        tick(10 * MIB);
        tick(0, MIB);
        tick(10 * MIB);
        assertEquals(1, collections);
        quietTicks(1);
        assertEquals(2, collections);
    }

    @Test
    void theSignOfACollectionIsGivenOnce() {
        var sign = new CollectionSign();
        System.gc();
        assertTrue(sign.seen());
        assertFalse(sign.seen());
    }

    @Test
    void aProcessThatWorksNowAndThenIsLeftAlone() {
        for (int i = 0; i < 10 * (IdleMemory.LEAST_TICKS_BETWEEN + 1); i++) {
            tick(i % 2 == 0 ? 10 * MIB : 0);
        }
        assertEquals(10, collections);
    }
}
