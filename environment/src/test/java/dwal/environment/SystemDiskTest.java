package dwal.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SystemDiskTest extends DiskContract {
    @TempDir
    Path directory;

    @Override
    protected Disk newDisk() {
        return Disk.system();
    }

    @Override
    protected Path root() {
        return directory;
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void blocksAreReservedAheadAndGivenBack() throws IOException, InterruptedException {
        try (DiskFile file = newDisk().open(directory.resolve("file"))) {
            file.write(ByteBuffer.wrap(new byte[100]), 0);
            file.reserve(100, 1 << 20);
            assertThat(file.size()).isEqualTo(100);
            assertThat(allocatedBytes(file.path())).isGreaterThanOrEqualTo(1 << 20);
            file.truncate(100);
            assertThat(allocatedBytes(file.path())).isLessThanOrEqualTo(64 << 10);
        }
    }

    @Test
    void tellsTheSizeOfTheFileSystem() throws IOException {
        assertThat(newDisk().totalBytes(directory))
                .isEqualTo(Files.getFileStore(directory).getTotalSpace());
        assertThatThrownBy(() -> newDisk().usableBytes(directory.resolve("none")))
                .isInstanceOf(NoSuchFileException.class);
    }

    static long allocatedBytes(Path path) throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", path.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        assertThat(stat.waitFor()).isZero();
        return 512 * Long.parseLong(blocks);
    }
}
