package dwal.benchmarks.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the kernel says of a process and of the machine, in /proc. A process that is gone counts as 0. Any thread. */
final class Proc {
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, 100 on every Linux of today
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int START_TICKS = 19;
    /** Of the columns behind "cpu" in /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
    private static final List<Integer> BUSY_COLUMNS = List.of(1, 2, 3, 6, 7, 8);

    private Proc() {}

    /** CPU seconds, user and system. */
    static double cpuSeconds(long pid) {
        return ticks(pid, USER_TICKS) + ticks(pid, SYSTEM_TICKS);
    }

    /** Seconds after boot at which the process began. */
    static double startSeconds(long pid) {
        return ticks(pid, START_TICKS);
    }

    /** Context switches so far of all threads that the process has now. */
    static long switches(long pid) {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                for (String line : read(thread + "/status").lines().toList()) {
                    sum += line.contains("ctxt_switches") ? number(line) : 0;
                }
            }
        } catch (IOException e) {
            return sum; // the process has gone
        }
        return sum;
    }

    /** A field of /proc/PID/status that is in kB, in MB (10^6 bytes). */
    static double statusMb(long pid, String field) {
        return read("/proc/" + pid + "/status")
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .mapToDouble(line -> number(line) * 1024 / 1e6)
                .findFirst()
                .orElse(0);
    }

    /** Seconds since boot. */
    static double uptime() {
        return firstNumber("/proc/uptime");
    }

    /** Load average over the last minute. */
    static double load() {
        return firstNumber("/proc/loadavg");
    }

    /** Busy CPU seconds of the whole machine since boot. */
    static double machineBusySeconds() {
        String[] columns = read("/proc/stat").lines().findFirst().orElse("").split("\\s+", -1);
        return BUSY_COLUMNS.stream().mapToLong(i -> Long.parseLong(columns[i])).sum() / TICKS_PER_SECOND;
    }

    /** CPU seconds of this very process. */
    static double ownCpuSeconds() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    /** Memory of the machine that nothing is in, page cache neither. */
    static long freeMemoryBytes() {
        return 1024
                * read("/proc/meminfo")
                        .lines()
                        .filter(line -> line.startsWith("MemFree:"))
                        .mapToLong(Proc::number)
                        .sum();
    }

    /** Writes dirty pages out, so that one run does not pay for the one before it. */
    static void sync() throws IOException, InterruptedException {
        run("sync");
    }

    /** Runs a command to its end; what it says and how it ends does not matter. */
    static void run(String... command) throws IOException, InterruptedException {
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static double ticks(long pid, int field) {
        String[] fields = statFields(pid);
        return fields == null ? 0 : Long.parseLong(fields[field]) / TICKS_PER_SECOND;
    }

    /** The fields behind the name, which may hold blanks itself. */
    private static String @Nullable [] statFields(long pid) {
        String stat = read("/proc/" + pid + "/stat");
        return stat.isEmpty() ? null : stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    private static double firstNumber(String file) {
        String text = read(file);
        return Double.parseDouble(text.substring(0, text.indexOf(' ')));
    }

    private static long number(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
