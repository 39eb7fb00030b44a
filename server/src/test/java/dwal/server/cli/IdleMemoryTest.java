package dwal.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class IdleMemoryTest {
    private static final long MIB = 1 << 20;

    private long used = 20 * MIB;
    private int collections;
    private int trims;
    private final IdleMemory memory = new IdleMemory(
            () -> used,
            () -> {
                collections++;
                used = 10 * MIB;
            },
            () -> trims++);

    private void tick(long allocated) {
        used += allocated;
        memory.tick();
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
        tick(-40 * MIB); // a collection
        assertEquals(1, collections);
        quietTicks(1);
        assertEquals(2, collections);
    }

    @Test
    void aProcessThatWorksNowAndThenIsLeftAlone() {
        for (int i = 0; i < 10 * (IdleMemory.LEAST_TICKS_BETWEEN + 1); i++) {
            tick(i % 2 == 0 ? 10 * MIB : 0);
        }
        assertEquals(10, collections);
    }
}
