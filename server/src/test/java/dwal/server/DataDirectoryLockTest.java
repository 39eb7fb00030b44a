package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryLockTest {

    @Test
    void makesTheDirectoryAndKeepsItForOne(@TempDir Path folder) throws Exception {
        Path data = folder.resolve("a/b");
        DataDirectoryLock first = DataDirectoryLock.acquire(data);
        assertThat(data.resolve(".lock")).exists();

        assertThatThrownBy(() -> DataDirectoryLock.acquire(data))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is in use by another process");

        first.close();
        DataDirectoryLock.acquire(data).close();
    }
}
