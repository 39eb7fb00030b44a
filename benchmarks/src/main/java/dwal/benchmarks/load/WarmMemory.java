package dwal.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Touches free memory of the machine before a measurement. Belongs to the driver's main thread.
 *
 * <p>In a virtual machine the first touch of a page may go to the host, which costs several times the write that it is
 * for, and would be charged to whichever server's turn it is to get such pages for its page cache.
 */
final class WarmMemory {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** What the environment may set, in MiB; 0 where servers of one kind are compared, and in a hurry. */
    private static final String MOST_SETTING = "BENCH_TOUCH";

    private static final long MOST = Long.parseLong(System.getenv().getOrDefault(MOST_SETTING, "6144")) << 20;
    private static final long LEFT_ALONE = 768L << 20;

    private WarmMemory() {}

    /** Touches what is free, up to 6 GiB or what the environment says; does nothing where there is no shared memory to write to. */
    static void touch() throws IOException {
        if (!Files.isWritable(SHARED_MEMORY)) {
            return;
        }
        long bytes = Math.min(MOST, Proc.freeMemoryBytes() - LEFT_ALONE);
        Path file = Files.createTempFile(SHARED_MEMORY, "bench", "");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
            for (long written = 0; written < bytes; written += zeros.capacity()) {
                channel.write(zeros.clear());
            }
        } finally {
            Files.delete(file);
        }
    }
}
