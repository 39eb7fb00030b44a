package dwal.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many files this process may have open, which Linux tells in {@code /proc/self/limits}, and how many of them segments may
 * be. The rest is for connections, RocksDB and the JVM. Java raises the soft limit to the hard one at its start.
 *
 * @param files at most so many; Integer.MAX_VALUE where it is not known, or there is none
 */
record OpenFilesLimit(int files) {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFilesLimit.class);
    private static final Path OF_PROCESS = Path.of("/proc/self/limits");
    private static final Pattern LINE = Pattern.compile("^Max open files\\s+(\\d{1,9})\\s", Pattern.MULTILINE);
    private static final int MOST_SEGMENTS = 1_000;
    private static final int LOW = 4_096;

    static OpenFilesLimit ofProcess() {
        try {
            return parse(Files.readString(OF_PROCESS));
        } catch (IOException e) {
            return new OpenFilesLimit(Integer.MAX_VALUE); // another system
        }
    }

    static OpenFilesLimit parse(String limits) {
        Matcher line = LINE.matcher(limits);
        return new OpenFilesLimit(line.find() ? Integer.parseInt(line.group(1)) : Integer.MAX_VALUE);
    }

    /** How many segment files are kept open. */
    int segments() {
        return Math.min(MOST_SEGMENTS, Math.max(1, files / 2));
    }

    boolean isLow() {
        return files < LOW;
    }

    /** Says so in the log if it is low. */
    void warnIfLow() {
        if (isLow()) {
            LOG.warn(
                    "This process may have only {} files open, sockets included: clients and partitions are refused when that"
                            + " is not enough. Raise it to 100000, with 'ulimit -n' where the process is started, or LimitNOFILE"
                            + " of its systemd unit",
                    files);
        }
    }
}
