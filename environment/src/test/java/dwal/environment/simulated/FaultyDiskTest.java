package dwal.environment.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import dwal.environment.DiskContract;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** While nothing fails, it is a disk like any other. */
class FaultyDiskTest extends DiskContract {
    private static final Path ROOT = Path.of("/simulated");

    @Override
    protected Disk newDisk() {
        return new FaultyDisk(new RecordedDisk());
    }

    @Override
    protected Path root() {
        return ROOT;
    }

    @Test
    void failsWhenTold() throws IOException {
        var disk = new FaultyDisk(new RecordedDisk());
        disk.createDirectories(ROOT);
        try (DiskFile file = disk.open(ROOT.resolve("file"))) {
            disk.setFull(true);
            assertThatThrownBy(() -> file.write(ByteBuffer.allocate(10), 0)).isInstanceOf(IOException.class);
            assertThat(file.size()).as("a part was written").isEqualTo(5);
            disk.setFull(false);
            disk.setSyncsFail(true);
            assertThatThrownBy(file::sync).isInstanceOf(IOException.class);
            disk.setUsableBytes(7);
            assertThat(disk.usableBytes(ROOT)).isEqualTo(7);
        }
    }

    @Test
    void aProcessMayDieInTheMiddleOfAWriteSeed1() throws IOException {
        var machine = new RecordedDisk();
        var disk = new FaultyDisk(machine);
        disk.createDirectories(ROOT);
        DiskFile file = disk.open(ROOT.resolve("file"));
        var deaths = new AtomicInteger();
        disk.dieDuring(2, new Random(1), deaths::incrementAndGet);

        file.write(ByteBuffer.allocate(10), 0);
        assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1000), 10)).isInstanceOf(IOException.class);

        assertThat(deaths).hasValue(1);
        long left = machine.size(ROOT.resolve("file"));
        assertThat(left).isBetween(10L, 1009L);
        assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> disk.open(ROOT.resolve("other"))).isInstanceOf(IOException.class);
        assertThat(machine.size(ROOT.resolve("file"))).isEqualTo(left);
        assertThat(deaths).hasValue(1);
    }

    @Test
    void failuresCanBeHiddenFromTheProgram() throws IOException {
        var machine = new RecordedDisk();
        var disk = new FaultyDisk(machine);
        disk.createDirectories(ROOT);
        DiskFile file = disk.open(ROOT.resolve("file"));
        disk.setFailuresHidden(true, true);
        disk.setFull(true);
        machine.setSyncsFail(true);

        file.write(ByteBuffer.allocate(10), 0);
        file.sync();

        assertThat(file.size()).isEqualTo(5);
    }
}
