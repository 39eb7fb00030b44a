package dwal.server.cli.client;

import dwal.server.network.SlowRequests;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            description = "At most so many, the slowest first; a node keeps 100 (default: ${DEFAULT-VALUE}).",
            defaultValue = "10")
    private int limit;

    @Option(names = "--json", description = "Print JSON, as GET /debug/slow answers.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (limit < 1 || limit > SlowRequests.MOST) {
            throw new ParameterException(
                    spec.commandLine(), "--limit " + limit + ": a number from 1 to " + SlowRequests.MOST);
        }
        var out = spec.commandLine().getOut();
        try {
            out.print(new HttpListener(http, AT_MOST)
                    .get("/debug/slow?limit=" + limit + "&format=" + (json ? "json" : "text")));
            out.flush();
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--http " + http + ": HOST:PORT of a node's HTTP listener");
        } catch (RequestFailure e) {
            throw new RequestFailure(e.getMessage() + ". Is a node running there? --http names its dwal.http.listener");
        }
    }
}
