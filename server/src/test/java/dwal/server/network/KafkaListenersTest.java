package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.server.handler.ApiVersionsHandler;
import dwal.server.handler.ApiVersionsHandler.ClusterFeatures;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KafkaListenersTest {
    private static final ClusterFeatures NO_FEATURES =
            new ClusterFeatures(Features.emptySupportedFeatures(), Map.of(), 0);

    private final AtomicReference<ApiTable> table = new AtomicReference<>();
    private final ConcurrentLinkedQueue<CompletableFuture<ProduceResponseData>> produced =
            new ConcurrentLinkedQueue<>();
    private KafkaListeners listeners;

    private int start(NetworkSettings settings) {
        table.set(ApiTable.builder()
                .add(
                        ApiKeys.API_VERSIONS,
                        ApiVersionsRequestData.class,
                        new ApiVersionsHandler(table::get, () -> NO_FEATURES))
                .add(ApiKeys.PRODUCE, ProduceRequestData.class, (context, request) -> {
                    var answer = new CompletableFuture<ProduceResponseData>();
                    produced.add(answer);
                    return answer;
                })
                .add(
                        ApiKeys.LIST_GROUPS,
                        ListGroupsRequestData.class,
                        (context, request) ->
                                CompletableFuture.completedFuture((ApiMessage) new ListGroupsResponseData()))
                .build());
        listeners = new KafkaListeners(
                List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 0)),
                table.get(),
                settings,
                Clock.system());
        listeners.start();
        return listeners.port("PLAINTEXT");
    }

    @AfterEach
    void stop() {
        if (listeners != null) {
            listeners.close();
        }
    }

    @Test
    void answersApiVersionsInEachVersion() throws Exception {
        int port = start(NetworkSettings.defaults());
        try (var client = new RawClient(port)) {
            for (short version : ApiKeys.API_VERSIONS.allVersions()) {
                client.send(
                        ApiKeys.API_VERSIONS,
                        version,
                        100 + version,
                        new ApiVersionsRequestData()
                                .setClientSoftwareName("raw")
                                .setClientSoftwareVersion("1"));
                var answer = new ApiVersionsResponseData();
                assertThat(client.receive(ApiKeys.API_VERSIONS, version, answer))
                        .isEqualTo(100 + version);
                assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
                assertThat(answer.apiKeys()).hasSize(3);
                assertThat(answer.apiKeys().find(ApiKeys.PRODUCE.id).minVersion())
                        .isZero();
            }
        }
    }
}
