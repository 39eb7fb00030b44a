package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Hosts that testbed/netns-cluster makes, and what happens to the network between them. One thread. */
final class Hosts {
    private final Path script;
    private final String prefix;

    Hosts(Path script, String prefix) {
        this.script = script;
        this.prefix = prefix;
    }

    /** What a call of the script came to. */
    record Outcome(int status, String output) {}

    Outcome run(String... arguments) throws IOException, InterruptedException {
        Process process = builder(List.of(arguments)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    /** The same, which must succeed; gives what it printed. */
    String ok(String... arguments) throws IOException, InterruptedException {
        Outcome outcome = run(arguments);
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome.output().strip();
    }

    /** A process in a host, which will have the id of the one that is started. */
    ProcessBuilder process(String host, List<String> command) {
        List<String> all = new ArrayList<>(List.of("exec", host, "--"));
        all.addAll(command);
        return builder(all);
    }

    private ProcessBuilder builder(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("DWAL_NETNS_PREFIX", prefix);
        return builder;
    }
}
