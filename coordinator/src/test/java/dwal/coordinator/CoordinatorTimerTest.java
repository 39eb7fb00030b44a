package dwal.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.server.util.timer.TimerTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoordinatorTimerTest {
    private final VirtualTime time = new VirtualTime();
    private final CoordinatorTimer timer = new CoordinatorTimer(time, time);
    private final List<String> ran = new ArrayList<>();

    private TimerTask task(String name, long delayMs) {
        TimerTask task = new TimerTask(delayMs) {
            @Override
            public void run() {
                ran.add(name + " at " + time.wallMs());
            }
        };
        timer.add(task);
        return task;
    }

    @Test
    void tasksRunWhenTheyAreDueInThatOrder() {
        long start = time.wallMs();
        task("late", 30);
        task("early", 10);
        time.advance(9);
        assertThat(ran).isEmpty();
        time.advance(100);
        assertThat(ran).containsExactly("early at " + (start + 10), "late at " + (start + 30));
    }

    @Test
    void aCancelledTaskDoesNotRun() {
        task("cancelled", 10).cancel();
        time.advance(20);
        assertThat(ran).isEmpty();
    }

    @Test
    void aTaskThatFailsDoesNotStopTheOthers() {
        timer.add(new TimerTask(5) {
            @Override
            public void run() {
                throw new IllegalStateException("on purpose");
            }
        });
        task("other", 5);
        time.advance(5);
        assertThat(ran).hasSize(1);
    }

    @Test
    void oneAlarmIsSetHoweverManyTasksWait() {
        for (int delayMs = 100; delayMs > 0; delayMs--) {
            task("t" + delayMs, delayMs);
        }
        assertThat(time.waiting()).isEqualTo(1);
    }

    @Test
    void cancelledTasksDoNotPileUp() {
        TimerTask live = task("live", 1_000_000);
        for (int i = 0; i < 100_000; i++) {
            task("heartbeat", 45_000).cancel();
        }
        assertThat(timer.size()).isLessThanOrEqualTo(1024);
        assertThat(live.isCancelled()).isFalse();
    }

    @Test
    void nothingRunsAfterTheEnd() {
        task("waiting", 10);
        timer.close();
        task("new", 10);
        time.advance(20);
        assertThat(ran).isEmpty();
        assertThat(time.waiting()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void eachTaskRunsOnceAtItsTimeUnlessItIsCancelled(long seed) {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            long delayMs = random.nextInt(500);
            TimerTask task = task("t" + i, delayMs);
            if (random.nextInt(3) == 0) {
                task.cancel();
            } else {
                expected.add("t" + i + " at " + (time.wallMs() + delayMs));
            }
            if (random.nextInt(10) == 0) {
                time.advance(0);
            }
        }
        time.advance(1_000);
        assertThat(ran).containsExactlyInAnyOrderElementsOf(expected);
    }
}
