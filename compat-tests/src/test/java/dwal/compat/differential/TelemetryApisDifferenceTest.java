package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS;
import static org.apache.kafka.common.protocol.ApiKeys.INCREMENTAL_ALTER_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.PUSH_TELEMETRY;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.server.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsRequestData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.PushTelemetryRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** The metrics that clients push (KIP-714): what they are asked for, what is taken, and what the server's reporter gets of it. */
@ExtendWith(Comparison.Extension.class)
class TelemetryApisDifferenceTest {
    private static final short FIRST = 0;
    private static final byte[] METRICS =
            "some metrics, which the servers do not look into".getBytes(StandardCharsets.UTF_8);

    private final Comparison comparison;
    private final TestInfo test;
    private final List<String> subscriptions = new ArrayList<>();
    private final Map<Side, Client> clients = new HashMap<>();

    TelemetryApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
    }

    /** One client of one side: a connection, and what it was told. */
    private static final class Client implements AutoCloseable {
        private final RawConnection connection;
        private Uuid instance = Uuid.ZERO_UUID;
        private int subscription;

        Client(Side side, String software) throws IOException {
            connection = side.connect();
            if (!software.isEmpty()) {
                connection.call(
                        ApiKeys.API_VERSIONS,
                        (short) 4,
                        new ApiVersionsRequestData()
                                .setClientSoftwareName(software)
                                .setClientSoftwareVersion("1.2.3"));
            }
        }

        GetTelemetrySubscriptionsResponseData ask() throws IOException {
            var answer = (GetTelemetrySubscriptionsResponseData) connection.call(
                    GET_TELEMETRY_SUBSCRIPTIONS,
                    FIRST,
                    new GetTelemetrySubscriptionsRequestData().setClientInstanceId(instance));
            if (answer.errorCode() == 0) {
                instance = answer.clientInstanceId();
                subscription = answer.subscriptionId();
            }
            return answer;
        }

        ApiMessage push(Consumer<PushTelemetryRequestData> change) throws IOException {
            var request = new PushTelemetryRequestData()
                    .setClientInstanceId(instance)
                    .setSubscriptionId(subscription)
                    .setMetrics(ByteBuffer.wrap(METRICS));
            change.accept(request);
            return connection.call(PUSH_TELEMETRY, FIRST, request);
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private void newClient(String software) throws IOException {
        closeClients();
        for (Side side : List.of(comparison.kafka(), comparison.subject()))
            clients.put(side, new Client(side, software));
    }

    private void newClient() throws IOException {
        newClient("");
    }

    private void closeClients() throws IOException {
        for (Client client : clients.values()) client.close();
        clients.clear();
    }

    private void ask(String name) {
        comparison.exchange(
                name,
                GET_TELEMETRY_SUBSCRIPTIONS,
                FIRST,
                side -> clients.get(side).ask());
    }

    private void push(String name, Consumer<PushTelemetryRequestData> change) {
        comparison.exchange(
                name, PUSH_TELEMETRY, FIRST, side -> clients.get(side).push(change));
    }

    private void newClientPushes(String name, Consumer<PushTelemetryRequestData> change) throws IOException {
        newClient();
        ask("before: " + name);
        push(name, change);
    }

    /** As kafka-client-metrics does it. */
    private void subscribe(String name, Map<String, String> configs) throws IOException {
        subscriptions.add(name);
        for (Side side : List.of(comparison.kafka(), comparison.subject())) {
            alter(side, name, configs, AlterConfigOp.OpType.SET);
        }
    }

    private static void alter(Side side, String name, Map<String, String> configs, AlterConfigOp.OpType type) {
        List<AlterConfigOp> changes = new ArrayList<>();
        configs.forEach((key, value) -> changes.add(new AlterConfigOp(new ConfigEntry(key, value), type)));
        try (Admin admin = new Clients(side.server()).admin()) {
            var resource = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, name);
            Clients.get(admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
        }
    }

    /** Waits until a client that comes anew is asked for so many metrics: what was altered counts a moment later. */
    private void awaitRequested(String software, int count) throws IOException {
        for (Side side : List.of(comparison.kafka(), comparison.subject())) {
            Await.until(count + " metrics to be asked for", () -> {
                try (Client client = new Client(side, software)) {
                    return client.ask().requestedMetrics().size() == count;
                }
            });
        }
    }

    @AfterEach
    void end() throws IOException {
        closeClients();
        for (String name : subscriptions) {
            for (Side side : List.of(comparison.kafka(), comparison.subject())) {
                alter(side, name, Map.of("metrics", "", "interval.ms", "", "match", ""), AlterConfigOp.OpType.DELETE);
            }
        }
        awaitRequested("any", 0);
    }

    @Test
    void clientsThatNobodySubscribedToAreToldSo() throws IOException {
        newClient();
        ask("a new client");
        ask("again, too early");
        push("a push that nobody asked for", request -> {});
        newClient();
        push("a push without asking before", request -> request.setClientInstanceId(new Uuid(5, 6)));
        newClient();
        push("a push without an instance id", request -> {});
        newClient();
        clients.values().forEach(client -> client.instance = new Uuid(7, 8));
        ask("an id of the client's own");
        push("a push that nobody asked for, by that one", request -> {});
        comesBackAsNew(new Uuid(7, 8));
        ask("again, too early, after it came back over another connection");
        newClient();
        clients.values().forEach(client -> client.instance = Uuid.ONE_UUID);
        ask("a reserved id");
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void subscriptionsAreToldToTheClientsThatTheyMatch() throws IOException {
        subscribe("one", Map.of("metrics", "org.apache.kafka.one,org.apache.kafka.two", "interval.ms", "60000"));
        subscribe("by-id", Map.of("metrics", "by.id", "interval.ms", "7000", "match", "client_id=differ.*"));
        subscribe("other-id", Map.of("metrics", "never", "interval.ms", "100", "match", "client_id=somebody else"));
        subscribe(
                "by-software",
                Map.of(
                        "metrics", "by.software",
                        "interval.ms", "5000",
                        "match", "client_software_name=known,client_software_version=1.*"));
        subscribe("by-address", Map.of("metrics", "by.address", "match", "client_source_address=127[.]0[.]0[.]1"));
        awaitRequested("known", 5);
        newClient("known");
        ask("a client whose software matches");
        newClient("another");
        ask("a client whose software does not");
        subscribe("all", Map.of("metrics", "*"));
        awaitRequested("known", 1);
        newClient("known");
        ask("all metrics");
        comparison.verdict(test.getDisplayName());
    }

    /** With its connection a client is forgotten, soon: it need not wait when it comes back. */
    private void comesBackAsNew(Uuid instance) throws IOException {
        newClient();
        for (Client client : clients.values()) {
            client.instance = instance;
            Await.until("the client to be forgotten", () -> client.ask().errorCode() == 0);
        }
    }

    private static Comparison.Request altering(String name, String key, String value) {
        return (side, version) -> new IncrementalAlterConfigsRequestData()
                .setResources(new IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection(List.of(
                                new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                                        .setResourceType(ConfigResource.Type.CLIENT_METRICS.id())
                                        .setResourceName(name)
                                        .setConfigs(new IncrementalAlterConfigsRequestData.AlterableConfigCollection(
                                                List.of(new IncrementalAlterConfigsRequestData.AlterableConfig()
                                                                .setName(key)
                                                                .setValue(value))
                                                        .iterator())))
                        .iterator()));
    }

    @Test
    void subscriptionsThatMakeNoSenseAreRefusedAlike() {
        comparison.each("interval too short", INCREMENTAL_ALTER_CONFIGS, altering("x", "interval.ms", "99"));
        comparison.each("interval too long", INCREMENTAL_ALTER_CONFIGS, altering("x", "interval.ms", "3600001"));
        comparison.each("interval no number", INCREMENTAL_ALTER_CONFIGS, altering("x", "interval.ms", "soon"));
        comparison.each("no such key", INCREMENTAL_ALTER_CONFIGS, altering("x", "no.such.key", "1"));
        comparison.each("no such criterion", INCREMENTAL_ALTER_CONFIGS, altering("x", "match", "colour=red"));
        comparison.each("no pattern", INCREMENTAL_ALTER_CONFIGS, altering("x", "match", "client_id=("));
        comparison.each(
                "criterion twice", INCREMENTAL_ALTER_CONFIGS, altering("x", "match", "client_id=a,client_id=b"));
        comparison.each("no name", INCREMENTAL_ALTER_CONFIGS, altering("", "metrics", "a"));
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void pushesAreJudgedAlikeAndReachTheReporter() throws IOException {
        subscribe("pushed", Map.of("metrics", "*", "interval.ms", "3600000"));
        awaitRequested("any", 1);
        newClientPushes("right", request -> {});
        push("again, too early", request -> {});
        push("terminating, any time", request -> request.setTerminating(true));
        push("after that", request -> request.setTerminating(true));
        ask("asking after that");
        newClientPushes("wrong subscription", request -> request.setSubscriptionId(request.subscriptionId() + 1));
        newClientPushes("no metrics", request -> request.setMetrics(ByteBuffer.allocate(0)));
        newClientPushes("unknown codec", request -> request.setCompressionType((byte) 9));
        newClientPushes("negative codec", request -> request.setCompressionType((byte) -1));
        newClientPushes("too large", request -> request.setMetrics(ByteBuffer.allocate(1_048_577)));
        newClientPushes("as large as may be", request -> request.setMetrics(ByteBuffer.allocate(1_048_576)));
        for (CompressionType codec : CompressionType.values()) {
            newClientPushes(
                    "codec " + codec,
                    request -> request.setCompressionType(codec.id).setMetrics(compressed(codec, METRICS)));
            if (codec == CompressionType.NONE) continue;
            newClientPushes(
                    "codec " + codec + " and bytes that are not", request -> request.setCompressionType(codec.id));
            newClientPushes(
                    "codec " + codec + " inflating to 50 MB",
                    request ->
                            request.setCompressionType(codec.id).setMetrics(compressed(codec, new byte[50_000_000])));
        }
        comparison.verdict(test.getDisplayName());
        assertThat(received(comparison.subject())).isNotEmpty().isEqualTo(received(comparison.kafka()));
    }

    private static List<String> received(Side side) throws IOException {
        return Files.readAllLines(TelemetryReceiver.file(side.server().directory()));
    }

    private static ByteBuffer compressed(CompressionType codec, byte[] bytes) {
        ByteBufferOutputStream compressed = new ByteBufferOutputStream(1024);
        try (OutputStream out =
                Compression.of(codec).build().wrapForOutput(compressed, RecordBatch.CURRENT_MAGIC_VALUE)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return compressed.buffer().flip();
    }
}
