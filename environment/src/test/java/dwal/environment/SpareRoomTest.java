package dwal.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.simulated.FaultyDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SpareRoomTest {
    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk(Disk.system());
    private Path file;
    private SpareRoom room;

    @BeforeEach
    void make() {
        file = directory.resolve("spare-room");
        room = new SpareRoom(disk, directory);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void takesBlocksForAnEmptyFile() throws Exception {
        room.keep();
        room.keep();
        assertThat(file).isEmptyFile();
        assertThat(SystemDiskTest.allocatedBytes(file))
                .as("blocks, with those that the file system needs to list them")
                .isBetween(4L << 20, (4L << 20) + 65_536);
    }

    @Test
    void isThereOnADiskWithSpace() throws IOException {
        room.keep();
        assertThat(room.giveUpWhereFull()).isFalse();
        room.use(() -> assertThat(file).exists());
    }

    @Test
    void isGivenUpOnAFullDiskWhileItIsUsed() throws IOException {
        room.keep();
        disk.setUsableBytes(0);
        room.use(() -> assertThat(file).doesNotExist());
        assertThat(file).exists();
        assertThat(room.giveUpWhereFull()).isTrue();
        assertThat(file).doesNotExist();
        room.use(() -> {});
        assertThat(file).as("there was none to take back").doesNotExist();
    }
}
