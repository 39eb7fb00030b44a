package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KeptSlowRequestsTest {
    private long nowNanos = 1;
    private final SlowRequests slow = new SlowRequests(new Clock() {
        @Override
        public long wallMs() {
            return 0;
        }

        @Override
        public long nanoTime() {
            return nowNanos;
        }
    });

    private int asked;

    private void took(double ms) {
        long nanos = (long) (ms * 1e6);
        if (slow.isSlow(nanos, nowNanos)) {
            asked++;
            slow.keep(
                    nanos,
                    nowNanos,
                    new SlowRequest(0, "", (short) 0, "", "", null, 0, 0, ms, List.of(), List.of(), ""));
        }
    }

    private List<Double> kept() {
        return slow.slowest(SlowRequests.MOST).stream()
                .map(SlowRequest::totalMs)
                .toList();
    }

    @Test
    void theSlowestAreKeptAndNobodyIsAskedAboutOthers() {
        for (int ms = 1_000; ms > 0; ms--) {
            took(ms);
        }
        assertThat(kept()).hasSize(SlowRequests.MOST).startsWith(1_000.0, 999.0).endsWith(901.0);
        assertThat(asked).isEqualTo(SlowRequests.MOST);
    }

    @Test
    void whatIsFastIsNotSlowHoweverIdleTheNode() {
        took(0.9);
        took(1.0);
        took(1.1);
        assertThat(kept()).containsExactly(1.1);
    }

    @Test
    void afterTenMinutesOthersAreTheSlowest() {
        for (int i = 0; i < SlowRequests.MOST; i++) {
            took(5_000);
        }
        nowNanos += TimeUnit.MINUTES.toNanos(9);
        took(20);
        assertThat(kept()).doesNotContain(20.0);
        nowNanos += TimeUnit.MINUTES.toNanos(2);
        took(0.1); // even a fast one makes room
        took(20);
        assertThat(kept()).containsExactly(20.0);
    }
}
