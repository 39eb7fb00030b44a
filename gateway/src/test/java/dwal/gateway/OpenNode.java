package dwal.gateway;

import dwal.environment.FreePorts;
import dwal.server.Broker;
import dwal.server.Doors;
import dwal.server.config.BrokerConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A node with all doors in this JVM, on free ports of the loopback address. Used by one test thread. */
public final class OpenNode implements AutoCloseable {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** The id of one that has no quorum, which no other node has. */
    static final int WITHOUT_QUORUM = 7;

    private final Broker broker;

    private OpenNode(Broker broker) {
        this.broker = broker;
    }

    /** One that is alone, started. */
    public static OpenNode alone(Path data, Map<String, String> more) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "log.dirs", data.toString(),
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "dwal.http.listener", "127.0.0.1:0",
                "dwal.grpc.listener", "127.0.0.1:0",
                "dwal.disk.reserve", "0"));
        settings.putAll(more);
        return with(settings);
    }

    /** One that has these settings and no others, started. */
    static OpenNode with(Map<String, String> settings) throws IOException {
        var node = new OpenNode(new Broker(BrokerConfig.of(settings), Gateway::new));
        node.broker.start();
        return node;
    }

    /** Three, each broker and controller, whose topics have three copies; started. */
    public static List<OpenNode> three(Path directory) throws Exception {
        return three(directory, Map.of());
    }

    /** The same, with {@code more} settings on each. */
    public static List<OpenNode> three(Path directory, Map<String, String> more) throws Exception {
        int[] controllers = {FreePorts.next(), FreePorts.next(), FreePorts.next()};
        List<OpenNode> nodes = new java.util.ArrayList<>();
        List<CompletableFuture<Void>> begun = new java.util.ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            Map<String, String> settings = member(directory, id, controllers, more);
            var node = new OpenNode(new Broker(BrokerConfig.of(settings), Gateway::new));
            nodes.add(node);
            begun.add(node.broker.begin());
        }
        CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        return nodes;
    }

    /** One of three, the only one that is started: it never hears of a cluster. */
    static OpenNode withoutQuorum(Path directory) throws IOException {
        int[] controllers = {FreePorts.next(), FreePorts.next(), FreePorts.next()};
        Map<String, String> other = Map.of(
                "node.id",
                Integer.toString(WITHOUT_QUORUM),
                "controller.quorum.voters",
                WITHOUT_QUORUM + "@127.0.0.1:" + controllers[0] + ",8@127.0.0.1:" + controllers[1] + ",9@127.0.0.1:"
                        + controllers[2]);
        var node = new OpenNode(new Broker(BrokerConfig.of(member(directory, 1, controllers, other)), Gateway::new));
        var unused = node.broker.begin();
        return node;
    }

    private static Map<String, String> member(Path directory, int id, int[] controllers, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>();
        settings.put("node.id", Integer.toString(id));
        settings.put("process.roles", "broker,controller");
        settings.put(
                "listeners",
                "PLAINTEXT://127.0.0.1:" + FreePorts.next() + ",CONTROLLER://127.0.0.1:" + controllers[id - 1]);
        settings.put(
                "controller.quorum.voters",
                "1@127.0.0.1:" + controllers[0] + ",2@127.0.0.1:" + controllers[1] + ",3@127.0.0.1:" + controllers[2]);
        settings.put("log.dirs", directory.resolve("node-" + id).toString());
        settings.put("default.replication.factor", "3");
        settings.put("min.insync.replicas", "2");
        settings.put("controlled.shutdown.enable", "false");
        settings.put("controller.quorum.election.timeout.ms", "300");
        settings.put("controller.quorum.fetch.timeout.ms", "600");
        settings.put("broker.heartbeat.interval.ms", "200");
        settings.put("broker.session.timeout.ms", "1500");
        settings.put("dwal.http.listener", "127.0.0.1:0");
        settings.put("dwal.grpc.listener", "127.0.0.1:0");
        settings.put("dwal.disk.reserve", "0");
        settings.putAll(more);
        return settings;
    }

    public List<String> httpRoutes() {
        return ((Gateway) broker.doors()).httpRoutes();
    }

    public String kafka() {
        return broker.address();
    }

    public int id() {
        return broker.nodeId();
    }

    Doors doors() {
        return broker.doors();
    }

    public int httpPort() {
        return port(broker.doors().http().orElseThrow());
    }

    public int grpcPort() {
        return port(broker.doors().grpc().orElseThrow());
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** What the node answers; {@code headers} are names and values in turn. */
    public HttpResponse<String> http(String method, String path, String body, String... headers) {
        var building = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort() + path));
        if (headers.length > 0) {
            building.headers(headers);
        }
        var request = building.timeout(Duration.ofSeconds(40))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + " got no answer", e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    public static void await(String what, java.util.function.BooleanSupplier condition) {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > giveUp) {
                throw new AssertionError("waited in vain until " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
