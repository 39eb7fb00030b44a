package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.coordinator.FakeConnection;
import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.replication.metadata.ClusterMetadata;
import dwal.replication.metadata.MetadataSettings;
import dwal.server.config.BrokerConfig;
import dwal.server.config.ConfigRules;
import dwal.server.config.DwalConfigs;
import dwal.server.controller.ControllerApis;
import dwal.server.quota.ClientQuotas;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.SupportedConfigChecker;

/** A real controller with two listeners to name and nothing behind them, and the handlers over it. */
final class TestCluster implements AutoCloseable {
    private final ClusterMetadata metadata;
    private final BrokerConfig config;
    private final MetadataApis metadataApis;
    private final ApiTable controllerApis;
    private final ApiTable apis;
    private final ClientQuotas quotas;

    TestCluster(Path directory, Map<String, String> more) throws Exception {
        Map<String, String> properties = new HashMap<>(more);
        properties.put("log.dirs", directory.toString());
        config = BrokerConfig.of(properties);
        var settings = new MetadataSettings(
                config.nodeId(),
                directory,
                Optional.empty(),
                Optional.empty(),
                config,
                DwalConfigs.broker(),
                new ConfigRules(config),
                SupportedConfigChecker.TRUE,
                List.of());
        quotas = new ClientQuotas(Clock.system(), config);
        metadata = new ClusterMetadata(settings, Time.SYSTEM, (log, end, epoch) -> Optional.empty(), (what, why) -> {});
        var endpoints = List.of(
                new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 19092),
                new Endpoint("INSIDE", SecurityProtocol.PLAINTEXT, "inside.example", 29092));
        metadata.subscribe((delta, image) -> quotas.apply(image));
        metadata.start(CompletableFuture.completedFuture(endpoints)).get(30, TimeUnit.SECONDS);
        var controllerTable = ApiTable.builder(ListenerType.CONTROLLER);
        new ControllerApis(metadata, config, quotas, Clock.system())
                .addTo(controllerTable, this::controllerApis, 1 << 20);
        controllerApis = controllerTable.build();
        var forwarding = new Forwarding(metadata, controllerApis, 30_000);
        metadataApis = new MetadataApis(metadata, config, forwarding, dwal.environment.Clock.system());
        var table = ApiTable.builder();
        metadataApis.addTo(table);
        new ConfigApis(metadata, config, new ClientTelemetry(config), forwarding).addTo(table);
        apis = table.build();
    }

    private ApiTable controllerApis() {
        return controllerApis;
    }

    ClusterMetadata metadata() {
        return metadata;
    }

    BrokerConfig config() {
        return config;
    }

    MetadataApis metadataApis() {
        return metadataApis;
    }

    boolean has(String topic) {
        return metadata.image().topics().getTopic(topic) != null;
    }

    Uuid idOf(String topic) {
        return metadata.image().topics().getTopic(topic).id();
    }

    /** The answer to {@code request}, sent over the first listener. */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    <A extends ApiMessage> A ask(ApiKeys key, int version, ApiMessage request) throws Exception {
        return ask(key, version, "PLAINTEXT", request);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    <A extends ApiMessage> A ask(ApiKeys key, int version, String listener, ApiMessage request) throws Exception {
        var handler = (Handler<ApiMessage>) apis.entry(key).handler();
        return (A) handler.handle(FakeConnection.request(key, version, listener), request)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    /** Creates a topic, and gives its name back. */
    String create(String name, int partitions) throws Exception {
        assertThat(create(topic(name).setNumPartitions(partitions))).isEqualTo(Errors.NONE);
        return name;
    }

    /** Tries to create a topic; a refusal must say why. */
    Errors create(CreatableTopic topic) throws Exception {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics().add(topic.duplicate());
        CreateTopicsResponseData answer = ask(ApiKeys.CREATE_TOPICS, 7, request);
        var result = answer.topics().find(topic.name());
        if (result.errorCode() != Errors.NONE.code()) {
            assertThat(result.errorMessage()).isNotBlank();
        }
        return Errors.forCode(result.errorCode());
    }

    static CreatableTopic topic(String name) {
        return new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1);
    }

    @Override
    public void close() {
        metadata.close();
    }
}
