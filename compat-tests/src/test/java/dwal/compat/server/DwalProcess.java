package dwal.compat.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** dwal, as {@code bin/dwal start} starts it. */
public final class DwalProcess extends Server {
    private static final Pattern READY = Pattern.compile(
            "^dwal ready kafka=(\\S+) http=(\\S+) grpc=(\\S+) .*node=(\\d+) cluster=(\\S+) in=(\\d+) ms$",
            Pattern.MULTILINE);

    private final @Nullable Path javaHome;
    private String jvmOptions = "";
    private String bootstrap = "127.0.0.1:0";
    private String http = "off";
    private String grpc = "off";

    public DwalProcess(Map<String, String> settings) {
        this(settings, null);
    }

    /** The same on the Java that lies in {@code javaHome}; null for the one that {@code bin/dwal} takes by itself. */
    public DwalProcess(Map<String, String> settings, @Nullable Path javaHome) {
        super(settings);
        this.javaHome = javaHome;
    }

    /** With these options of the JVM, over those of {@code bin/dwal}, from the next start on; gives itself. */
    public DwalProcess jvmOptions(String options) {
        jvmOptions = options;
        return this;
    }

    @Override
    protected List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("dwal.home", ".."))
                        .resolve("bin/dwal")
                        .toString(),
                "start",
                "--data",
                directory.resolve("data").toString(),
                "--port",
                Integer.toString(port()),
                "--http-port",
                "0",
                "--grpc-port",
                "0"));
        settings.forEach((key, value) -> {
            command.add("--set");
            command.add(key + "=" + value);
        });
        return command;
    }

    /** Classes of tests that the server is told to load: reporters, say. */
    @Override
    protected Map<String, String> environment() {
        Path classes = Path.of(System.getProperty("compat.directory", "target"), "test-classes");
        Map<String, String> variables = new TreeMap<>();
        variables.put("DWAL_CLASSPATH", classes.toAbsolutePath().toString());
        if (!jvmOptions.isEmpty()) variables.put("DWAL_JVM_OPTS", jvmOptions);
        if (javaHome != null) variables.put("JAVA_HOME", javaHome.toString());
        return variables;
    }

    @Override
    protected Optional<String> readiness(String standardOutput, String standardError) {
        Matcher ready = READY.matcher(standardOutput);
        if (!ready.find()) return Optional.empty();
        bootstrap = ready.group(1);
        http = ready.group(2);
        grpc = ready.group(3);
        return Optional.of(bootstrap);
    }

    @Override
    public String bootstrap() {
        return bootstrap;
    }

    /** HOST:PORT of the HTTP listener. */
    public String http() {
        return http;
    }

    /** HOST:PORT of the gRPC listener. */
    public String grpc() {
        return grpc;
    }
}
