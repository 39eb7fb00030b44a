package dwal.benchmarks.load;

import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** How fast one file grows, with and without sync. */
final class DiskLimits {
    private static final int PIECE = 1 << 16;
    private static final long TOTAL = 2L << 30;
    private static final int MOST_SYNCS = 400;
    private static final long SYNCS_NS = TimeUnit.SECONDS.toNanos(5);

    private DiskLimits() {}

    static void print(Path folder) throws IOException {
        Path file = Files.createTempFile(folder, "limits", ".dat");
        try {
            for (int round = 0; round < 3; round++) {
                append(file);
            }
            appendSynced(file);
        } finally {
            Files.delete(file);
        }
    }

    private static void append(Path file) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        try (FileChannel channel = FileChannel.open(file, WRITE, TRUNCATE_EXISTING)) {
            Throughput throughput = new Throughput();
            for (long written = 0; written < TOTAL; written += PIECE) {
                channel.write(piece.clear());
            }
            throughput.add(TOTAL);
            throughput.print("file append, 64 KiB writes, page cache");
            channel.force(false);
            throughput.print("  the same with one fsync at the end");
        }
    }

    private static void appendSynced(Path file) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        Histogram each = Measurement.histogram();
        try (FileChannel channel = FileChannel.open(file, WRITE, TRUNCATE_EXISTING)) {
            Throughput throughput = new Throughput();
            while (each.getTotalCount() < MOST_SYNCS && throughput.elapsedNs() < SYNCS_NS) {
                long before = System.nanoTime();
                channel.write(piece.clear());
                channel.force(false);
                each.recordValue(System.nanoTime() - before);
                throughput.add(PIECE);
            }
            throughput.print("file append, fsync after each 64 KiB");
        }
        System.out.printf(
                "  fsync p50 %.2f ms, p99 %.2f ms%n",
                each.getValueAtPercentile(50) / 1e6, each.getValueAtPercentile(99) / 1e6);
    }
}
