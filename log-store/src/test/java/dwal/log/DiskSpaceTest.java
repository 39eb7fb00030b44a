package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk(Disk.system());
    private final List<String> lines = new ArrayList<>();
    private LogFixture time;
    private DiskSpace space;

    @BeforeEach
    void make() {
        time = new LogFixture(disk, directory);
        disk.setUsableBytes(1_000);
        space = new DiskSpace(disk, directory, time, 500, lines::add);
    }

    @Test
    void anAllowanceIsGoodForASecond() {
        assertThat(space.take(100)).isTrue();
        disk.setUsableBytes(0);
        assertThat(space.take(100)).isTrue();
        time.advance(1_000);
        assertThat(space.take(100)).isFalse();
        time.advance(100);
        assertThat(space.take(1)).isFalse();
        disk.setUsableBytes(1_000);
        time.advance(100);
        assertThat(space.take(100)).isTrue();
    }

    @Test
    void oneLineTellsThatRefusalsBeginAndOneThatAppendsGoOn() {
        for (int i = 0; i < 10; i++) {
            space.take(501);
            time.advance(1_000);
        }
        assertThat(lines).singleElement().asString().contains("refused", "dwal.disk.reserve");
        space.take(100);
        space.take(100);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).contains("taken again");
    }

    @Test
    void aDiskAtItsReserveFillsNoLog() {
        for (int i = 0; i < 100; i++) {
            time.advance(100);
            space.take(501);
            time.advance(100);
            space.take(1);
        }
        assertThat(lines).hasSizeLessThan(12);
    }

    @Test
    void aDiskThatCannotBeAskedHasRoomAndSomeLinesTellOfIt() {
        disk.setRoomUnknown(true);
        for (int i = 0; i < 90; i++) {
            assertThat(space.take(501)).isTrue();
            assertThat(space.whyRefused()).isNull();
            time.advance(1_000);
        }
        assertThat(lines)
                .hasSize(2)
                .allSatisfy(line ->
                        assertThat(line).contains("without knowing", "dwal.disk.reserve", "Too many open files"));
        assertThat(lines.get(1)).contains("(59 more");

        lines.clear();
        disk.setRoomUnknown(false);
        assertThat(space.take(501)).isFalse();
        disk.setRoomUnknown(true);
        time.advance(1_000);
        assertThat(space.take(501)).isTrue();
        assertThat(space.whyRefused()).isNull();
    }

    @Test
    void withoutAReserveAWriteThatFoundNoRoomIsToldUntilThereIsSome() {
        var none = new DiskSpace(disk, directory, time, 0, lines::add);
        disk.setUsableBytes(10L << 20);
        none.failed(100);
        assertThat(none.whyRefused()).as("failed for something else").isNull();
        disk.setUsableBytes(0);
        assertThat(none.whyRefused()).as("nothing was tried").isNull();
        none.failed(100);
        assertThat(none.whyRefused()).contains(directory.toString(), "full");
        disk.setUsableBytes(10L << 20);
        assertThat(none.whyRefused()).isNull();
    }

    @Test
    void withoutAReserveAllIsTaken() {
        var none = new DiskSpace(disk, directory, time, 0, lines::add);
        disk.setUsableBytes(0);
        assertThat(none.take(100)).isTrue();
        assertThat(none.whyRefused()).isNull();
    }
}
