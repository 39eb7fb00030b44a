package dwal.environment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An open file of a {@link Disk}: positional reads and writes, no position of its own. */
public interface DiskFile extends AutoCloseable {

    /** Where it is. */
    Path path();

    /** Its length in bytes. */
    long size() throws IOException;

    /** Writes all that remains in {@code source} at {@code position}; the file grows as needed. */
    void write(ByteBuffer source, long position) throws IOException;

    /** Reads from {@code position} until {@code target} is full or the file ends; gives the bytes read, 0 at the end. */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Asks for blocks for {@code bytes} bytes from {@code position} on, so that writes there find them: cheaper than finding
     * them one by one. The file's size stays. A hint: nothing happens where the system cannot.
     */
    default void reserve(long position, long bytes) {}

    /** Cuts the file to {@code size} bytes, and gives back what was reserved behind. */
    void truncate(long size) throws IOException;

    /** Makes all data written so far outlive a crash (fdatasync). After a failure the data may be lost: never call again. */
    void sync() throws IOException;

    /** The channel behind it, for sending without a copy; null where there is none (simulated disks). */
    @Nullable
    FileChannel channel();

    @Override
    void close() throws IOException;
}
