package dwal.environment;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * What is written to standard error, where the log of nodes in this JVM goes, and what is told java.util.logging, which
 * writes to the standard error of when it was first used.
 */
public final class StandardError {
    private StandardError() {}

    /** A task that may fail. */
    @FunctionalInterface
    public interface Task {
        void run() throws Exception;
    }

    /** Writes down what java.util.logging is told. Any thread. */
    private static final class Told extends Handler {
        private final PrintStream out;

        Told(PrintStream out) {
            this.out = out;
        }

        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.INFO.intValue()) {
                out.println(record.getLoggerName() + ": " + record.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** What was written while {@code task} ran. */
    public static String of(Task task) throws Exception {
        PrintStream before = System.err;
        var bytes = new ByteArrayOutputStream();
        var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Logger libraries = Logger.getLogger("");
        // Those that are there already, lest one begins with ours and writes all a second time.
        Objects.requireNonNull(libraries.getHandlers());
        Handler told = new Told(out);
        libraries.addHandler(told);
        System.setErr(out);
        try {
            task.run();
        } finally {
            System.setErr(before);
            libraries.removeHandler(told);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
