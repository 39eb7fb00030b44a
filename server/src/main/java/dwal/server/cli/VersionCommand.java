package dwal.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code dwal version}: what this is, on one line. */
@Command(
        name = "version",
        description = "Print the version and exit.",
        footer = {"", "Example:", "  bin/dwal version"})
final class VersionCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        System.out.println(text());
        return 0;
    }

    static String text() {
        var build = new Properties();
        try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "dwal " + build.getProperty("dwal", "unknown") + ", protocol of Apache Kafka "
                + build.getProperty("kafka", "unknown") + ", Java " + System.getProperty("java.version");
    }
}
