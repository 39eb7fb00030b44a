package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private long nanos;

    private final Clock clock = new Clock() {
        @Override
        public long wallMs() {
            return 0;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    };

    private final RefusalLog refusals = new RefusalLog(clock);

    @Test
    void namesPeerAndReasonAndSaysHowManyLinesWereLeftOut() {
        String first = logged(() -> {
            for (int i = 0; i < 100; i++) {
                refusals.refused("192.0.2.1:" + i, "it speaks HTTP");
            }
        });
        assertThat(first.lines()).hasSize(5);
        assertThat(first).contains("192.0.2.1:0: it speaks HTTP");

        nanos = TimeUnit.SECONDS.toNanos(11);
        assertThat(logged(() -> refusals.refused("192.0.2.2:7", "it speaks HTTP")))
                .contains("192.0.2.2:7")
                .contains("95 more");
    }

    @Test
    void aKindThatIsFrequentDoesNotHideAnother() {
        logged(() -> {
            for (int i = 0; i < 100; i++) {
                refusals.refused("192.0.2.1:" + i, "API key " + i + " is not known");
            }
        });
        assertThat(logged(() -> refusals.refused("192.0.2.2:7", "it speaks TLS")))
                .contains("192.0.2.2:7: it speaks TLS");
        assertThat(logged(() -> refusals.refused("192.0.2.1:1", "API key 4711 is not known")))
                .isEmpty();
    }

    @Test
    void whateverReasonsSayTheLinesAreBounded() {
        String all = logged(() -> {
            for (int i = 0; i < 5_000; i++) {
                refusals.refused("192.0.2.1:" + i, "x".repeat(i % 20) + (char) ('a' + i % 26) + " is wrong");
            }
        });
        assertThat(all.lines().count()).isBetween(50L, 65L * 5);
    }

    private static String logged(Runnable doing) {
        PrintStream console = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            doing.run();
        } finally {
            System.setErr(console);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
