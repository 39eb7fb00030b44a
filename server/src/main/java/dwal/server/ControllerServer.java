package dwal.server;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.authorization.Authorization;
import dwal.server.config.BrokerConfig;
import dwal.server.controller.AclChanges;
import dwal.server.controller.ControllerApis;
import dwal.server.controller.GrowthOnFullDisk;
import dwal.server.handler.ApiVersionsHandler;
import dwal.server.handler.ConfigApis;
import dwal.server.network.KafkaListeners;
import dwal.server.network.NetworkSettings;
import dwal.server.network.RequestMetrics;
import dwal.server.quota.ClientQuotas;
import java.util.Optional;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * The controller of this node as others see it: its APIs, and the listeners on which members of the cluster ask it. The
 * listeners have a network loop and a bound of memory of their own, so that votes and heartbeats do not wait for clients.
 * Starts and stops with the node.
 */
final class ControllerServer implements AutoCloseable {
    private final BrokerConfig config;
    private final ApiTable apis;
    private final @Nullable KafkaListeners listeners;

    /** The controller over {@code metadata}, which need not have started yet; no APIs and listeners on a mere broker. */
    ControllerServer(
            BrokerConfig config,
            ClusterMetadata metadata,
            NetworkSettings network,
            Clock clock,
            RequestMetrics metrics,
            ClientQuotas quotas,
            Authorization authorization,
            GrowthOnFullDisk growth) {
        this.config = config;
        this.apis = config.isController()
                ? apis(config, metadata, quotas, authorization, growth, clock)
                : ApiTable.builder(ListenerType.CONTROLLER).build();
        this.listeners = config.controllerListeners().isEmpty()
                ? null
                : new KafkaListeners(
                        PartSettings.toBind(config.controllerListeners()),
                        apis,
                        network.forControllers(),
                        clock,
                        metrics,
                        // Its members are no clients.
                        ClientQuotas.none());
    }

    private ApiTable apis(
            BrokerConfig config,
            ClusterMetadata metadata,
            ClientQuotas quotas,
            Authorization authorization,
            GrowthOnFullDisk growth,
            Clock clock) {
        ApiTable.Builder table = ApiTable.builder(ListenerType.CONTROLLER);
        table.add(
                ApiKeys.API_VERSIONS,
                ApiVersionsRequestData.class,
                new ApiVersionsHandler(this::apis, new KnownFeatures(metadata)::now));
        new ControllerApis(metadata, config, quotas, clock)
                .addTo(table, this::apis, NetworkSettings.objectBytesLimit());
        new AclChanges(metadata, authorization).addTo(table);
        ConfigApis.addDescribe(table, metadata, config);
        return authorization.guard(table.build().with(growth));
    }

    /** What the controller answers. */
    ApiTable apis() {
        return apis;
    }

    /** Its listeners; none on a mere broker. */
    Optional<KafkaListeners> listeners() {
        return Optional.ofNullable(listeners);
    }

    /** HOST:PORT of the first listener. */
    Optional<String> address() {
        return config.advertisedControllerListeners().stream()
                .findFirst()
                .map((Endpoint each) -> each.host() + ":" + each.port());
    }

    void start() {
        if (listeners != null) {
            listeners.start();
        }
    }

    @Override
    public void close() {
        if (listeners != null) {
            listeners.close();
        }
    }
}
