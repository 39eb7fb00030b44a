package dwal.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One server under test, and what the kernel says of it. Immutable; any thread.
 *
 * @param label its name in the tables
 * @param bootstrap addresses for clients
 * @param pids the processes that it consists of; empty if they are not known (then it costs nothing, as far as we see)
 * @param directory where its data is, to take it out of the page cache; null if not known
 */
record Target(
        String label,
        String bootstrap,
        List<Long> pids,
        @Nullable Path directory) {
    /** Folders of partitions are in the data folder of a node, which is in a folder of the node. */
    private static final int FOLDER_DEPTH = 3;

    /** From {@code label=host:port,...,pid,...[,dir:FOLDER]}. */
    static Target parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("not label=host:port,pid: " + text);
        }
        List<String> addresses = new ArrayList<>();
        List<Long> pids = new ArrayList<>();
        Path directory = null;
        for (String part : text.substring(equals + 1).split(",", -1)) {
            if (part.startsWith("dir:")) {
                directory = Path.of(part.substring(4));
            } else if (part.indexOf(':') >= 0) {
                addresses.add(part);
            } else if (!part.isEmpty()) {
                pids.add(Long.parseLong(part));
            }
        }
        return new Target(text.substring(0, equals), String.join(",", addresses), pids, directory);
    }

    /** Addresses of all nodes but one; the first of the list is node 1. */
    String withoutNode(int node) {
        List<String> addresses = new ArrayList<>(List.of(bootstrap.split(",", -1)));
        addresses.remove(node - 1);
        return String.join(",", addresses);
    }

    /** CPU seconds (user + system) used so far by all its processes. */
    double cpuSeconds() {
        return pids.stream().mapToDouble(Proc::cpuSeconds).sum();
    }

    /** Context switches so far, voluntary or not, of all its threads. */
    long switches() {
        return pids.stream().mapToLong(Proc::switches).sum();
    }

    /** Sum over its processes of a field of /proc/PID/status, in MB (10^6 bytes). */
    double statusMb(String field) {
        return pids.stream().mapToDouble(pid -> Proc.statusMb(pid, field)).sum();
    }

    /** Adds what memory it has now, and the most it has had. */
    void addMemory(Row row) {
        row.put("rss_mb", statusMb("VmRSS"));
        row.put("rss_anon_mb", statusMb("RssAnon"));
        row.put("hwm_mb", statusMb("VmHWM"));
    }

    /** Seconds after boot at which the first of its processes began. */
    double startSeconds() {
        return pids.stream().mapToDouble(Proc::startSeconds).min().orElseThrow();
    }

    /** Puts its data out of the page cache (clean pages only: sync before); false if it is not known where they are. */
    boolean dropCache() throws IOException, InterruptedException {
        if (directory == null) {
            return false;
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(Target::isLarge).toList();
        } catch (UncheckedIOException e) {
            return false;
        }
        for (Path file : files) {
            // An advice to the kernel that Java has no call for.
            Proc.run("dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
        }
        return true;
    }

    /** Waits until the files of a deleted topic are gone, which costs the server CPU; false if they stay for a minute. */
    boolean awaitFilesGone(String topic) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (directory != null && hasFolderOf(topic)) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(100);
        }
        return true;
    }

    private boolean hasFolderOf(String topic) throws IOException {
        try (Stream<Path> all = Files.walk(directory, FOLDER_DEPTH)) {
            return all.anyMatch(path -> path.getFileName().toString().startsWith(topic + "-"));
        } catch (UncheckedIOException e) {
            return true; // something was deleted meanwhile
        }
    }

    private static boolean isLarge(Path file) {
        try {
            return Files.isRegularFile(file) && Files.size(file) > 1_000_000;
        } catch (IOException e) {
            return false; // deleted meanwhile
        }
    }
}
