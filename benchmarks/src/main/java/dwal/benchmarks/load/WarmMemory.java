package dwal.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Memory of the machine that has been touched before a measurement, and is set free while it lasts, a little ahead of what
 * is used. Has a thread of its own for that, until all is given out, or it is closed.
 *
 * <p>In a virtual machine the first touch of a page may go to the host, which costs several times the write that it is
 * for, and would be charged to whichever server's turn it is to get such pages for its page cache. Set free all at once they
 * would be the host's again after two seconds (free page reporting).
 */
final class WarmMemory implements AutoCloseable {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** What the environment may set, in MiB; 0 where servers of one kind are compared, and in a hurry. */
    private static final String MOST_SETTING = "BENCH_TOUCH";

    private static final long MOST = Long.parseLong(System.getenv().getOrDefault(MOST_SETTING, "12288")) << 20;
    private static final long LEFT_ALONE = 768L << 20;
    /** How much is free beyond what has been used. */
    private static final long AHEAD = 1L << 30;

    private static final int PIECE = 64 << 20;
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A measurement that has failed may never close its memory. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

    private volatile boolean closed;

    private WarmMemory() {}

    /** Nothing, for workloads that write nothing. */
    static WarmMemory none() {
        return new WarmMemory();
    }

    /**
     * Touches what is free, up to 12 GiB or what the environment says; nothing where there is no shared memory to write to.
     * Dirty pages should have been written out before.
     */
    static WarmMemory touch() throws IOException {
        var memory = new WarmMemory();
        if (Files.isWritable(SHARED_MEMORY)) {
            FileChannel touched = touched(Math.min(MOST, Proc.freeMemoryBytes() - LEFT_ALONE));
            var thread = new Thread(() -> memory.giveOut(touched), "warm-memory");
            thread.setDaemon(true);
            thread.start();
        }
        return memory;
    }

    private static FileChannel touched(long bytes) throws IOException {
        Path file = Files.createTempFile(SHARED_MEMORY, "bench", "");
        // Without a name it goes with this process, however that ends.
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        for (long written = 0; written < bytes; written += zeros.capacity()) {
            channel.write(zeros.clear());
        }
        return channel;
    }

    private void giveOut(FileChannel touched) {
        try (touched) {
            long atFirst = Proc.freeMemoryBytes();
            long left = touched.size();
            long given = 0;
            long end = System.nanoTime() + LONGEST_NANOS;
            while (left > 0 && !closed && System.nanoTime() - end < 0) {
                long used = atFirst + given - Proc.freeMemoryBytes();
                while (left > 0 && given < used + AHEAD) {
                    long piece = Math.min(PIECE, left);
                    left -= piece;
                    given += piece;
                    touched.truncate(left);
                }
                LockSupport.parkNanos(PERIOD_NANOS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets free what is left, soon. */
    @Override
    public void close() {
        closed = true;
    }
}
