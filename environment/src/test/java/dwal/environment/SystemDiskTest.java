package dwal.environment;

import java.nio.file.Path;
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
}
