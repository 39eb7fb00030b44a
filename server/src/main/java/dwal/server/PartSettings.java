package dwal.server;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.log.DamageBeforeEnd;
import dwal.replication.metadata.LogCheck;
import dwal.replication.metadata.MetadataSettings;
import dwal.server.authorization.Authorization;
import dwal.server.config.BrokerConfig;
import dwal.server.config.ConfigRules;
import dwal.server.config.DwalConfigs;
import dwal.server.network.Endpoint;
import dwal.server.network.NetworkSettings;
import dwal.server.network.Transport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.SupportedConfigChecker;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.server.config.ServerLogConfigs;

/** What the parts of a node are told, taken from its configuration. */
public final class PartSettings {
    private PartSettings() {}

    /** For the metadata. */
    public static MetadataSettings metadata(BrokerConfig config) {
        return new MetadataSettings(
                config.nodeId(),
                config.dataDirectory(),
                config.clusterId(),
                Optional.ofNullable(config.getString(ServerConfigs.BROKER_RACK_CONFIG)),
                config,
                config.keys(),
                new ConfigRules(config),
                SupportedConfigChecker.TRUE,
                config.advertisedControllerListeners());
    }

    /** For the metadata log. */
    static LogCheck logCheck() {
        return new DamageBeforeEnd(Disk.system())::find;
    }

    static List<Endpoint> toBind(List<org.apache.kafka.common.Endpoint> listeners) {
        return listeners.stream()
                .map(each -> new Endpoint(
                        each.listener(), each.securityProtocol(), each.host() == null ? "" : each.host(), each.port()))
                .toList();
    }

    static NetworkSettings network(BrokerConfig config) {
        return new NetworkSettings(
                Transport.named(config.networkTransport()),
                config.networkThreads(),
                config.getInt(SocketServerConfigs.SOCKET_SEND_BUFFER_BYTES_CONFIG),
                config.getInt(SocketServerConfigs.SOCKET_RECEIVE_BUFFER_BYTES_CONFIG),
                config.getInt(SocketServerConfigs.SOCKET_LISTEN_BACKLOG_SIZE_CONFIG),
                config.getInt(SocketServerConfigs.SOCKET_REQUEST_MAX_BYTES_CONFIG),
                config.getLong(SocketServerConfigs.QUEUED_MAX_BYTES_CONFIG),
                -1,
                -1,
                RunTimeChanges.limits(config),
                config.getLong(SocketServerConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG),
                NetworkSettings.DEFAULT_MAX_UNANSWERED);
    }

    /** Who may do what; {@code image} is what the cluster looks like now. */
    static Authorization authorization(BrokerConfig config, Supplier<MetadataImage> image) {
        if (config.getString(ServerConfigs.AUTHORIZER_CLASS_NAME_CONFIG).isEmpty()) {
            return Authorization.none();
        }
        return Authorization.standard(
                Map.of(
                        "node.id",
                        config.nodeId(),
                        DwalConfigs.SUPER_USERS_CONFIG,
                        config.getString(DwalConfigs.SUPER_USERS_CONFIG),
                        DwalConfigs.ALLOW_EVERYONE_CONFIG,
                        config.getBoolean(DwalConfigs.ALLOW_EVERYONE_CONFIG)),
                image,
                config.getBoolean(ServerLogConfigs.AUTO_CREATE_TOPICS_ENABLE_CONFIG),
                Clock.system());
    }
}
