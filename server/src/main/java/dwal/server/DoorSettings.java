package dwal.server;

import dwal.server.config.BrokerConfig;
import dwal.server.config.DoorAddress;
import dwal.server.config.DwalConfigs;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.server.config.ServerLogConfigs;
import org.jspecify.annotations.Nullable;

/**
 * What the doors other than Kafka's keep to. Immutable.
 *
 * @param http {@code dwal.http.listener}; null for off
 * @param grpc {@code dwal.grpc.listener}; null for off
 * @param httpWanted whether somebody asked for HTTP there, so that doing without is a failure
 * @param grpcWanted the same for gRPC
 * @param defaultTopic {@code dwal.default.topic}
 * @param createTopics {@code auto.create.topics.enable}
 * @param maxRequestBytes {@code dwal.gateway.max.request.bytes}
 * @param queuedMaxBytes {@code dwal.gateway.queued.max.bytes}
 * @param maxConnections {@code dwal.gateway.max.connections}, of each door
 * @param requestTimeoutMs {@code dwal.gateway.request.timeout.ms}
 * @param heartbeatMs {@code dwal.gateway.stream.heartbeat.ms}
 * @param maxIdleMs {@code connections.max.idle.ms}
 * @param console {@code dwal.console.enable}
 * @param consoleWrite {@code dwal.console.write}
 */
public record DoorSettings(
        @Nullable DoorAddress http,
        @Nullable DoorAddress grpc,
        boolean httpWanted,
        boolean grpcWanted,
        String defaultTopic,
        boolean createTopics,
        int maxRequestBytes,
        long queuedMaxBytes,
        int maxConnections,
        int requestTimeoutMs,
        int heartbeatMs,
        long maxIdleMs,
        boolean console,
        boolean consoleWrite) {

    static DoorSettings of(BrokerConfig config) {
        return new DoorSettings(
                DoorAddress.parse(config.getString(DwalConfigs.HTTP_LISTENER_CONFIG)),
                DoorAddress.parse(config.getString(DwalConfigs.GRPC_LISTENER_CONFIG)),
                config.isSet(DwalConfigs.HTTP_LISTENER_CONFIG),
                config.isSet(DwalConfigs.GRPC_LISTENER_CONFIG),
                config.getString(DwalConfigs.DEFAULT_TOPIC_CONFIG),
                config.getBoolean(ServerLogConfigs.AUTO_CREATE_TOPICS_ENABLE_CONFIG),
                config.getInt(DwalConfigs.GATEWAY_MAX_REQUEST_BYTES_CONFIG),
                config.getLong(DwalConfigs.GATEWAY_QUEUED_MAX_BYTES_CONFIG),
                config.getInt(DwalConfigs.GATEWAY_MAX_CONNECTIONS_CONFIG),
                config.getInt(DwalConfigs.GATEWAY_REQUEST_TIMEOUT_MS_CONFIG),
                config.getInt(DwalConfigs.GATEWAY_STREAM_HEARTBEAT_MS_CONFIG),
                config.getLong(SocketServerConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG),
                config.getBoolean(DwalConfigs.CONSOLE_ENABLE_CONFIG),
                config.getBoolean(DwalConfigs.CONSOLE_WRITE_CONFIG));
    }
}
