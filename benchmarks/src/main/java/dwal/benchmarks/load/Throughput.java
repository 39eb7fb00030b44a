package dwal.benchmarks.load;

/** Bytes over time and CPU, from when it was made. One thread. */
final class Throughput {
    private final long startNs = System.nanoTime();
    private final double cpuBefore = Proc.ownCpuSeconds();
    private long bytes;

    void add(long more) {
        bytes += more;
    }

    long elapsedNs() {
        return System.nanoTime() - startNs;
    }

    /** Prints a line: MB/s, and CPU seconds of this process per GB. */
    void print(String what) {
        double seconds = elapsedNs() / 1e9;
        double cpu = Proc.ownCpuSeconds() - cpuBefore;
        System.out.printf("%-45s %8.0f MB/s  %8.3f CPU s/GB%n", what, bytes / 1e6 / seconds, cpu / (bytes / 1e9));
    }
}
