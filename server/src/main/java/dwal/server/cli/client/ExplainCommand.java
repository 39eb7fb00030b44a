package dwal.server.cli.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dwal explain}: which requests were slow at a node, and why. Asks its HTTP listener. */
@Command(
        name = "explain",
        description = "Show the slowest requests of a node's last ten minutes, and why they were slow.",
        footer = {"", "Example:", "  bin/dwal explain --http 127.0.0.1:8080"})
final class ExplainCommand implements Callable<Integer> {
    private static final Duration AT_MOST = Duration.ofSeconds(10);

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "The node's HTTP listener (default: ${DEFAULT-VALUE}).",
            defaultValue = "127.0.0.1:8080")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String http;

    @Option(names = "--json", description = "Print JSON, as GET /debug/slow answers.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        try {
            var request = HttpRequest.newBuilder(
                            URI.create("http://" + http + "/debug/slow?format=" + (json ? "json" : "text")))
                    .timeout(AT_MOST)
                    .build();
            var client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(AT_MOST)
                    .build();
            var answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                out.print(answer.body());
                out.flush();
                return 0;
            }
            err.println("dwal: " + http + " answers with " + answer.statusCode() + ": " + answer.body());
        } catch (IllegalArgumentException e) {
            err.println("dwal: \"" + http + "\" is not HOST:PORT");
            return 2;
        } catch (IOException e) {
            err.println("dwal: nobody answers HTTP at " + http + " (" + e
                    + "). Is a node running there? --http names its dwal.http.listener");
        }
        return 1;
    }
}
