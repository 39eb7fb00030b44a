package dwal.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A server that the driver starts and stops itself, by scripts like {@code peer/kafka-start} and {@code peer/kafka-stop}.
 * Belongs to the driver's main thread.
 */
final class ManagedServer {
    private final String label;
    private final String startScript;
    private final String stopScript;
    private final Path directory;
    private final int nodes;

    /** From {@code label=START,STOP}; its data goes to a folder of its name in {@code root}. */
    private ManagedServer(String text, Path root, int nodes) throws IOException {
        int equals = text.indexOf('=');
        int comma = text.indexOf(',', equals);
        if (equals < 1 || comma < 0) {
            throw new IllegalArgumentException("not label=START_SCRIPT,STOP_SCRIPT: " + text);
        }
        this.label = text.substring(0, equals);
        this.startScript = text.substring(equals + 1, comma);
        this.stopScript = text.substring(comma + 1);
        this.directory = Files.createDirectories(root.resolve(label));
        this.nodes = nodes;
    }

    /**
     * All of {@code specs}, each with a folder of its name in {@code root}; when the driver ends, also by Ctrl-C, they are killed
     * and removed.
     */
    static List<ManagedServer> all(List<String> specs, Path root, int nodes) throws IOException {
        List<ManagedServer> servers = new ArrayList<>();
        for (String spec : specs) {
            servers.add(new ManagedServer(spec, root, nodes));
        }
        removeAtExit(servers, root);
        return servers;
    }

    String label() {
        return label;
    }

    /** Starts it over what its folder holds; does not wait until it answers. */
    Target start() throws IOException, InterruptedException {
        String prefix = "target=";
        return run(startScript, String.valueOf(nodes), "--no-wait").stream()
                .filter(line -> line.startsWith(prefix))
                .findFirst()
                .map(line -> Target.parse(label + "=" + line.substring(prefix.length())))
                .orElseThrow(() -> new IOException(startScript + " printed no target=..."));
    }

    /** Stops it cleanly and waits until it is gone. */
    void stop() throws IOException, InterruptedException {
        run(stopScript);
    }

    /** Kills all its nodes at once. */
    void kill() throws IOException, InterruptedException {
        run(stopScript, "--kill");
    }

    /** Kills it and empties its folder. */
    void killAndClear() throws IOException, InterruptedException {
        run(stopScript, "--kill", "--clean");
        Files.createDirectories(directory);
    }

    /** Kills it and removes its folder; no error if it was not running. */
    void remove() {
        try {
            run(stopScript, "--kill", "--clean");
        } catch (IOException e) {
            return; // it was not running
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeAtExit(List<ManagedServer> servers, Path root) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            servers.forEach(ManagedServer::remove);
            try {
                Files.deleteIfExists(root);
            } catch (IOException e) {
                System.err.println("left behind: " + root);
            }
        }));
    }

    private List<String> run(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(script);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PEER_DIR", directory.toString());
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        List<String> lines;
        try (BufferedReader reader = process.inputReader()) {
            lines = reader.lines().toList();
        }
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed: " + lines);
        }
        return lines;
    }
}
