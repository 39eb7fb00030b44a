package dwal.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dwal.gateway.grpc.GrpcClient;
import dwal.gateway.grpc.UnfinishedCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients on a host that is cut off, so that no word of them comes: a network namespace, which only root can make. */
class VanishedClientsTest {
    private static final long PID = ProcessHandle.current().pid();
    private static final String HOST = "dwal-gone-" + PID;
    private static final String OUR_END = "dg" + PID + "a";
    private static final String THEIR_END = "dg" + PID + "b";
    /** Two addresses of a network of four, another one for each process. */
    private static final String NETWORK = "10.213." + (PID >> 6 & 255) + ".";

    private static final int FIRST = (int) (PID & 63) * 4;
    private static final String OURS = NETWORK + (FIRST + 1);
    private static final String THEIRS = NETWORK + (FIRST + 2);

    private final List<Process> clients = new ArrayList<>();

    @BeforeEach
    void makeHost() throws Exception {
        String problem = run("ip netns add " + HOST)
                + run("ip link add " + OUR_END + " type veth peer name " + THEIR_END + " netns " + HOST)
                + run("ip addr add " + OURS + "/30 dev " + OUR_END)
                + run("ip link set " + OUR_END + " up")
                + run("ip -n " + HOST + " addr add " + THEIRS + "/30 dev " + THEIR_END)
                + run("ip -n " + HOST + " link set " + THEIR_END + " up");
        assumeTrue(problem.isEmpty(), "no network namespaces: " + problem);
    }

    @AfterEach
    void removeHost() throws Exception {
        clients.forEach(Process::destroyForcibly);
        for (Process each : clients) {
            each.waitFor();
        }
        run("ip link del " + OUR_END);
        run("ip netns del " + HOST);
    }

    /** Empty if it went well. */
    private static String run(String command) throws InterruptedException {
        try {
            Process process = process(command);
            String output = output(process);
            return process.waitFor() == 0 ? "" : command + ": " + output + "; ";
        } catch (IOException e) {
            return command + ": " + e.getMessage() + "; ";
        }
    }

    private static Process process(String command) throws IOException {
        return new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    /** What the system knows of connections to them. */
    private static String connections() {
        try {
            return output(process("ss -Htn dst " + THEIRS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether they have acknowledged all that was sent to them: the third column is what is on its way, in bytes. */
    private static boolean nothingIsOnItsWay() {
        return connections().lines().allMatch(each -> each.matches("\\S+ +\\d+ +0 .*"));
    }

    /** Someone there who sends {@code bytes} to {@code port}, and hands on what is answered. */
    private Process client(int port, byte[] bytes) throws IOException {
        Process process = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        HOST,
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/" + OURS + "/" + port + "; cat <&3 & cat >&3; wait")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        clients.add(process);
        process.getOutputStream().write(bytes);
        process.getOutputStream().flush();
        return process;
    }

    /** Returns when {@code client} was answered with {@code text}. */
    private static void awaitAnswer(Process client, String text) throws IOException {
        var answer = new StringBuilder();
        while (answer.indexOf(text) < 0) {
            int next = client.getInputStream().read();
            assertThat(next).as("no end of the answer %s", answer).isNotNegative();
            answer.append((char) next);
        }
    }

    private void asks(int port, String path) throws IOException {
        client(port, ("GET " + path + " HTTP/1.1\r\nhost: " + OURS + "\r\n\r\n").getBytes(US_ASCII));
    }

    private static double metric(OpenNode node, String series) {
        Matcher value = Pattern.compile("(?m)^" + Pattern.quote(series) + " (\\S+)$")
                .matcher(node.http("GET", "/metrics", "").body());
        return value.find() ? Double.parseDouble(value.group(1)) : -1;
    }

    @Test
    void theyAreLetGoSoonAndHoldNothing(@TempDir Path data) throws Exception {
        Map<String, String> settings = Map.of(
                "dwal.http.listener", ":0",
                "dwal.grpc.listener", ":0",
                "dwal.gateway.request.timeout.ms", "1500",
                "dwal.gateway.stream.heartbeat.ms", "300");
        try (var node = OpenNode.alone(data, settings);
                var grpc = new GrpcClient(node)) {
            long offset = grpc.produce("value");
            asks(node.httpPort(), "/topics/log/partitions/0/stream?offset=0");
            asks(node.httpPort(), "/topics/log/partitions/0/records?offset=1&wait=1000");
            client(node.grpcPort(), UnfinishedCall.stream(offset));
            asks(node.httpPort(), "/health/live"); // and nothing after that
            String begun = "dwal_gateway_streams_begun_total{door=\"%s\",operation=\"%s\"}";
            OpenNode.await(
                    "the streams have begun",
                    () -> metric(node, begun.formatted("http", "GET /topics/{topic}/partitions/{partition}/stream"))
                                    == 1
                            && metric(node, begun.formatted("grpc", "log.Log/ConsumeStream")) == 1);
            assertThat(connections()).isNotEmpty();

            assertThat(run("ip -n " + HOST + " link set " + THEIR_END + " down"))
                    .isEmpty();

            // Well below the quarter of an hour after which the system gives up by itself.
            awaitNoConnections();
            nothingIsHeld(node);
        }
    }

    private static void awaitNoConnections() {
        try {
            OpenNode.await("they are let go", () -> connections().isEmpty());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; there are\n" + connections(), e);
        }
    }

    private static void nothingIsHeld(OpenNode node) {
        for (String door : List.of("http", "grpc")) {
            OpenNode.await(
                    "nothing is held",
                    () -> metric(node, "dwal_gateway_readers{door=\"" + door + "\"}") == 0
                            && metric(node, "dwal_gateway_memory_bytes{door=\"" + door + "\"}") == 0);
        }
    }

    @Test
    void withoutNativeTransportThoseAreLetGoToWhomNothingIsOnItsWay(@TempDir Path data) throws Exception {
        Map<String, String> settings = Map.of(
                "dwal.network.transport", "nio",
                "dwal.http.listener", ":0",
                "dwal.grpc.listener", ":0",
                "dwal.gateway.request.timeout.ms", "1500",
                "dwal.gateway.stream.heartbeat.ms", "300");
        try (var node = OpenNode.alone(data, settings);
                var grpc = new GrpcClient(node)) {
            long offset = grpc.produce("value");
            asks(node.httpPort(), "/topics/log/partitions/0/records?offset=1&wait=30000");
            Process reader = client(node.grpcPort(), UnfinishedCall.stream(offset));
            awaitAnswer(reader, "value");
            OpenNode.await(
                    "both wait",
                    () -> metric(node, "dwal_gateway_readers{door=\"http\"}") == 1
                            && metric(node, "dwal_gateway_readers{door=\"grpc\"}") == 1);
            OpenNode.await("nothing is on its way", VanishedClientsTest::nothingIsOnItsWay);

            assertThat(run("ip -n " + HOST + " link set " + THEIR_END + " down"))
                    .isEmpty();

            // Before the poll is over.
            awaitNoConnections();
            nothingIsHeld(node);
        }
    }
}
