package dwal.replication.metadata;

import java.util.Map;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.ChannelBuilders;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.Selectable;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.raft.KRaftConfigs;

/**
 * Makes Kafka's network clients as Kafka's servers have them for their controllers: no metadata of their own, one request
 * under way in each connection, since the other side answers in order anyway.
 */
record NetworkClients(MetadataSettings settings, Metrics metrics, Time time) {
    private static final long RECONNECT_MS = 50;
    private static final long RECONNECT_MOST_MS = 500;

    /** For the Raft client. */
    KafkaClient toVoters(int requestTimeoutMs) {
        return client("raft", RECONNECT_MOST_MS, requestTimeoutMs);
    }

    /** For what controllers are asked. */
    KafkaClient toControllers(int requestTimeoutMs) {
        return client("controllers", RECONNECT_MS, requestTimeoutMs);
    }

    private KafkaClient client(String name, long reconnectMostMs, int requestTimeoutMs) {
        var context = new LogContext("[To " + name + " from node " + settings.nodeId() + "] ");
        var selector = new Selector(
                NetworkReceive.UNLIMITED,
                Selector.NO_IDLE_TIMEOUT_MS,
                metrics,
                time,
                name,
                Map.of("BrokerId", Integer.toString(settings.nodeId())),
                false,
                channels(context),
                context);
        return new NetworkClient(
                selector,
                new ManualMetadataUpdater(),
                Integer.toString(settings.nodeId()),
                1,
                RECONNECT_MS,
                reconnectMostMs,
                Selectable.USE_DEFAULT_BUFFER_SIZE,
                Selectable.USE_DEFAULT_BUFFER_SIZE,
                requestTimeoutMs,
                settings.connectionSetupTimeoutMs(),
                settings.connectionSetupTimeoutMaxMs(),
                time,
                true,
                new ApiVersions(),
                context,
                MetadataRecoveryStrategy.NONE);
    }

    private ChannelBuilder channels(LogContext context) {
        SecurityProtocol protocol = settings.controllerSecurityProtocol();
        boolean sasl = protocol == SecurityProtocol.SASL_PLAINTEXT || protocol == SecurityProtocol.SASL_SSL;
        return ChannelBuilders.clientChannelBuilder(
                protocol,
                JaasContext.Type.SERVER,
                settings.config(),
                new ListenerName(settings.controllerListener()),
                sasl ? settings.config().getString(KRaftConfigs.SASL_MECHANISM_CONTROLLER_PROTOCOL_CONFIG) : "",
                time,
                context);
    }
}
