package dwal.server;

import dwal.log.LogStore;
import dwal.replication.Replication;
import dwal.replication.ReplicationQuotas;
import dwal.server.config.BrokerConfig;
import dwal.server.network.ConnectionLimits;
import dwal.server.network.KafkaListeners;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.apache.kafka.coordinator.transaction.TransactionLogConfig;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.config.ReplicationConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands on what was changed at run time to those parts of the node that were built with a value of it. What partitions and
 * groups are told they ask for themselves. {@link #apply} on the thread that tells of new metadata.
 */
final class RunTimeChanges {
    private static final Logger LOG = LoggerFactory.getLogger(RunTimeChanges.class);

    private final LiveConfig live;
    private final LogStore logs;
    private final KafkaListeners listeners;
    private final Replication replication;
    private final Executor blocking;
    private BrokerConfig known;

    /**
     * @param config what the parts were built with
     * @param blocking runs what may wait for a name to be looked up
     */
    RunTimeChanges(
            BrokerConfig config,
            LiveConfig live,
            LogStore logs,
            KafkaListeners listeners,
            Replication replication,
            Executor blocking) {
        this.replication = replication;
        this.known = config;
        this.live = live;
        this.logs = logs;
        this.listeners = listeners;
        this.blocking = blocking;
    }

    void apply(MetadataImage image) {
        ReplicationQuotas quotas = replication.quotas();
        quotas.leader().limit(live.quota(QuotaConfig.LEADER_REPLICATION_THROTTLED_RATE_CONFIG, image));
        quotas.follower().limit(live.quota(QuotaConfig.FOLLOWER_REPLICATION_THROTTLED_RATE_CONFIG, image));
        BrokerConfig now = live.at(image);
        if (now.equals(known)) {
            return;
        }
        logs.expireProducersAfter(producerExpiryMs(now));
        if (!limits(now).equals(limits(known))) {
            blocking.execute(() -> limitConnections(now));
        }
        int fetchersNow = now.getInt(ReplicationConfigs.NUM_REPLICA_FETCHERS_CONFIG);
        if (fetchersNow != known.getInt(ReplicationConfigs.NUM_REPLICA_FETCHERS_CONFIG)) {
            replication.fetchers().resize(fetchersNow);
        }
        warnOfKeysWithoutEffect(now);
        known = now;
    }

    private void warnOfKeysWithoutEffect(BrokerConfig now) {
        Set<String> idle = new TreeSet<>(now.keysWithoutEffect());
        idle.removeAll(known.keysWithoutEffect());
        if (!idle.isEmpty()) {
            LOG.warn("These settings, set at run time, have no effect in dwal: {}", String.join(", ", idle));
        }
    }

    private synchronized void limitConnections(BrokerConfig config) {
        try {
            listeners.limit(limits(config));
        } catch (IllegalArgumentException e) {
            LOG.warn("The limits of connections stay as they were: {}", e.getMessage());
        }
    }

    static int producerExpiryMs(BrokerConfig config) {
        return config.getInt(TransactionLogConfig.PRODUCER_ID_EXPIRATION_MS_CONFIG);
    }

    static ConnectionLimits limits(BrokerConfig config) {
        return new ConnectionLimits(
                config.getInt(SocketServerConfigs.MAX_CONNECTIONS_CONFIG),
                config.getInt(SocketServerConfigs.MAX_CONNECTIONS_PER_IP_CONFIG),
                config.maxConnectionsPerIpOverrides(),
                config.maxConnectionsPerListener());
    }
}
