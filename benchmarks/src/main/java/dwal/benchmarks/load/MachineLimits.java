package dwal.benchmarks.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/** {@code bench limits}: what this machine can do at best: checksum, memory, disk, loopback. The driver's main thread. */
final class MachineLimits {
    private static final int MIB = 1 << 20;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private MachineLimits() {}

    /** Prints all; files are made in {@code folder}, and removed. */
    static void print(Path folder) throws IOException, InterruptedException {
        System.out.printf(
                "load %.2f, %d cpus%n", Proc.load(), Runtime.getRuntime().availableProcessors());
        byte[] data = new byte[MIB];
        new Random(1).nextBytes(data);
        for (int size : new int[] {1 << 10, 1 << 16, MIB}) {
            checksum(data, size); // the first time warms up
            checksum(data, size).print("CRC32C, pieces of " + size);
        }
        copy(data).print("memory copy, 1 MiB (in cache)");
        DiskLimits.print(folder);
        LoopbackLimits.print(folder);
    }

    private static Throughput checksum(byte[] data, int size) {
        CRC32C crc = new CRC32C();
        Throughput throughput = new Throughput();
        while (throughput.elapsedNs() < SECOND_NS) {
            for (int i = 0; i < 64; i++) {
                crc.update(data, 0, size);
                throughput.add(size);
            }
        }
        return throughput;
    }

    private static Throughput copy(byte[] data) {
        byte[] copy = new byte[data.length];
        Throughput throughput = new Throughput();
        while (throughput.elapsedNs() < SECOND_NS) {
            System.arraycopy(data, 0, copy, 0, data.length);
            throughput.add(data.length);
        }
        return throughput;
    }
}
