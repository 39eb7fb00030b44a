package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FailedWritesTest {
    private long nanos = -5;

    private final FailedWrites failed = new FailedWrites(new Clock() {
        @Override
        public long wallMs() {
            return 0;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    });

    @Test
    void aFullDiskIsToldOncePerMinuteHoweverManyWritesFail() {
        assertThat(failed.line(Path.of("orders-0"), new IOException("No space left on device")))
                .isEqualTo(
                        "Writing to orders-0 failed, nothing was appended: java.io.IOException: No space left on device");
        for (int i = 0; i < 999; i++) {
            assertThat(failed.line(Path.of("orders-" + i % 7), new IOException("No space left on device")))
                    .isNull();
        }
        nanos += FailedWrites.PERIOD_NANOS;
        assertThat(failed.line(Path.of("paid-0"), new IOException("No space left on device")))
                .startsWith("Writing to paid-0 failed (as did 999 others since the last line like this), nothing");
    }
}
