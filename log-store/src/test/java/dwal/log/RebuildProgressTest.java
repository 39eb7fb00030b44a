package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.simulated.RecordedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RebuildProgressTest {
    private static final long MIB = 1 << 20;

    private final LogFixture fixture = new LogFixture(new RecordedDisk(), Path.of("/nowhere/recorded/data"));
    private final List<String> lines = new ArrayList<>();
    private final RebuildProgress progress = new RebuildProgress(fixture, lines::add);

    @Test
    void tellsOfAllLogsTogetherNowAndThenAndAtTheEnd() {
        progress.begin(2, 300 * MIB);
        for (int i = 0; i < 200; i++) {
            fixture.advance(100);
            progress.read(MIB);
        }
        progress.done();
        fixture.advance(5_000);
        progress.read(100 * MIB);
        progress.done();
        assertThat(lines)
                .containsExactly(
                        "Building the index: 0 of 2 logs, 64 of 300 MiB",
                        "Building the index: 0 of 2 logs, 128 of 300 MiB",
                        "Building the index: 0 of 2 logs, 192 of 300 MiB",
                        "Building the index: 1 of 2 logs, 300 of 300 MiB",
                        "The index has been built anew: 2 logs, 300 MiB in 25 s");
    }

    @Test
    void isSilentWhenItIsQuickOrLittle() {
        progress.begin(3, 10_000 * MIB);
        progress.read(9_000 * MIB);
        progress.done();
        fixture.advance(100_000);
        assertThat(lines).as("much, but at once").isEmpty();
        var slow = new RebuildProgress(fixture, lines::add);
        slow.begin(1, 63 * MIB);
        for (int i = 0; i < 63; i++) {
            fixture.advance(60_000);
            slow.read(MIB);
        }
        slow.done();
        assertThat(lines).as("slowly, but little").isEmpty();
    }

    @Test
    void isSilentWhenNothingWasLost() {
        fixture.advance(100_000);
        progress.read(1_000 * MIB);
        progress.done();
        assertThat(lines).isEmpty();
    }
}
