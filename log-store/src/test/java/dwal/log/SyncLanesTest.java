package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SyncLanesTest {
    private final Queue<Runnable> started = new ArrayDeque<>();
    private final List<Integer> done = new ArrayList<>();
    private final SyncLanes lanes = new SyncLanes(started::add);

    @Test
    void fewSyncsAreUnderWayAtATimeAndTheOthersFollowInTheirOrder() {
        for (int i = 0; i < 7; i++) {
            int number = i;
            lanes.execute(() -> done.add(number));
        }
        assertThat(started).hasSize(2);
        runAll();
        assertThat(done).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void whereManyWaitMoreAreUnderWayButNeverAllThreads() {
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            lanes.execute(() -> done.add(number));
        }
        assertThat(started).hasSize(6);
        runAll();
        assertThat(done).hasSize(1_000);
    }

    @Test
    void aSyncThatAsksForTheNextGetsItsTurnBehindTheOthers() {
        lanes.execute(() -> {
            done.add(0);
            lanes.execute(() -> done.add(3));
        });
        lanes.execute(() -> done.add(1));
        lanes.execute(() -> done.add(2));
        runAll();
        assertThat(done).containsExactly(0, 1, 2, 3);
    }

    @Test
    void oneThatThrowsDoesNotHoldUpTheOthers() {
        lanes.execute(() -> {
            throw new IllegalStateException("disk");
        });
        lanes.execute(() -> done.add(1));
        lanes.execute(() -> done.add(2));
        assertThatThrownBy(() -> started.remove().run()).hasMessage("disk");
        runAll();
        assertThat(done).containsExactly(1, 2);
    }

    @Test
    void noneIsForgottenWhenManyThreadsAsk() throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            var shared = new SyncLanes(threads);
            int each = 20_000;
            var left = new CountDownLatch(4 * each);
            var running = new AtomicInteger();
            var most = new AtomicInteger();
            for (int t = 0; t < 4; t++) {
                Thread asking = new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        shared.execute(() -> {
                            most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            running.decrementAndGet();
                            left.countDown();
                        });
                    }
                });
                asking.start();
            }
            assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(most.get()).isLessThanOrEqualTo(6);
        } finally {
            threads.shutdown();
        }
    }

    private void runAll() {
        for (Runnable next = started.poll(); next != null; next = started.poll()) {
            next.run();
        }
    }
}
