package dwal.log.index;

import java.util.List;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's native library: from the folder that the system property {@code dwal.native.dir} names, which is quick;
 * else from {@code java.library.path}, else unpacked from the jar. Any thread; the process has it once.
 */
final class NativeLibrary {
    private static final String FOLDER = "dwal.native.dir";

    private NativeLibrary() {}

    static void load() {
        String folder = System.getProperty(FOLDER);
        if (folder == null) {
            RocksDB.loadLibrary();
        } else {
            RocksDB.loadLibrary(List.of(folder));
        }
    }
}
