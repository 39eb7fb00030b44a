package dwal.server.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keys of a node that older versions of Kafka had and Kafka 4.3 no longer has. Kafka ignores them, and files that have seen
 * several versions are full of them. Constants.
 */
final class RemovedKeys {
    private static final String IN_3 = "removed in Kafka 3.0";
    private static final String IN_4 = "removed in Kafka 4.0";

    /** Of Kafka's former authorizer, which had an access to ZooKeeper of its own. */
    private static final String ZOOKEEPER_OF_AUTHORIZER = "authorizer.zookeeper.";

    private static final List<String> ZOOKEEPER = List.of(
            "clientCnxnSocket",
            "connect",
            "connection.timeout.ms",
            "max.in.flight.requests",
            "metadata.migration.enable",
            "metadata.migration.min.batch.size",
            "session.timeout.ms",
            "set.acl",
            "ssl.cipher.suites",
            "ssl.client.enable",
            "ssl.crl.enable",
            "ssl.enabled.protocols",
            "ssl.endpoint.identification.algorithm",
            "ssl.keystore.location",
            "ssl.keystore.password",
            "ssl.keystore.type",
            "ssl.ocsp.enable",
            "ssl.protocol",
            "ssl.truststore.location",
            "ssl.truststore.password",
            "ssl.truststore.type",
            "sync.time.ms");

    private static final List<String> PASSWORD_ENCODER =
            List.of("cipher.algorithm", "iterations", "key.length", "keyfactory.algorithm", "old.secret", "secret");

    private static final Map<String, String> REASONS = reasons();

    private RemovedKeys() {}

    /** Since when {@code key} is gone, and what took its place; empty unless Kafka had it once. */
    static Optional<String> reason(String key) {
        return Optional.ofNullable(REASONS.get(key.startsWith(ZOOKEEPER_OF_AUTHORIZER) ? "zookeeper.connect" : key));
    }

    private static Map<String, String> reasons() {
        Map<String, String> reasons = new HashMap<>();
        ZOOKEEPER.forEach(each -> reasons.put("zookeeper." + each, IN_4 + ", which has no ZooKeeper"));
        PASSWORD_ENCODER.forEach(
                each -> reasons.put("password.encoder." + each, IN_4 + ": it was for passwords in ZooKeeper"));
        reasons.put("advertised.host.name", IN_3 + ": write advertised.listeners");
        reasons.put("advertised.port", IN_3 + ": write advertised.listeners");
        reasons.put("host.name", IN_3 + ": write listeners");
        reasons.put("port", IN_3 + ": write listeners");
        reasons.put("quota.consumer.default", IN_3 + ": kafka-configs sets quotas");
        reasons.put("quota.producer.default", IN_3 + ": kafka-configs sets quotas");
        reasons.put("auto.include.jmx.reporter", IN_4 + ": write metric.reporters");
        reasons.put("broker.id.generation.enable", IN_4 + ": write node.id");
        reasons.put("reserved.broker.max.id", IN_4 + ": write node.id");
        reasons.put("control.plane.listener.name", IN_4 + ": write controller.listener.names");
        reasons.put("controlled.shutdown.max.retries", IN_4);
        reasons.put("controlled.shutdown.retry.backoff.ms", IN_4);
        reasons.put("delegation.token.master.key", IN_4 + ": write delegation.token.secret.key");
        reasons.put("inter.broker.protocol.version", IN_4 + ": metadata.version, a feature, took its place");
        reasons.put("leader.imbalance.per.broker.percentage", IN_4);
        reasons.put("log.message.downconversion.enable", IN_4 + ": all clients read the one format of records");
        reasons.put("log.message.format.version", IN_4 + ": there is one format of records");
        reasons.put(
                "log.message.timestamp.difference.max.ms",
                IN_4 + ": write log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms");
        reasons.put("metrics.jmx.blacklist", IN_4 + ": write metrics.jmx.exclude");
        reasons.put("metrics.jmx.whitelist", IN_4 + ": write metrics.jmx.include");
        reasons.put("offsets.commit.required.acks", IN_4);
        // Switches of what was new, for as long as it was.
        reasons.put("eligible.leader.replicas.enable", "no longer a key: a feature of the cluster");
        reasons.put("group.coordinator.new.enable", "no longer a key: there is one coordinator");
        reasons.put("group.share.enable", "no longer a key: a feature of the cluster");
        reasons.put("group.share.max.groups", "no longer a key");
        reasons.put("unstable.metadata.versions.enable", "no longer a key: write unstable.feature.versions.enable");
        return Map.copyOf(reasons);
    }
}
