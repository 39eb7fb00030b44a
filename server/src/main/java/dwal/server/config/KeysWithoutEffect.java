package dwal.server.config;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Kafka's keys that may be set and that nothing here listens to: what they tune does not exist (queues between threads,
 * memory maps), or what they configure is not there yet. Constants.
 */
final class KeysWithoutEffect {

    /** Whole families: tiered storage, security, share groups and transactions, the cleaner. */
    private static final List<String> PREFIXES = List.of(
            "remote.",
            "sasl.",
            "ssl.",
            "delegation.token.",
            "share.",
            "group.share.",
            "group.streams.",
            "transaction.",
            "transactional.",
            "add.partitions.to.txn.",
            "log.cleaner.",
            "log.local.",
            "alter.log.dirs.replication.quota.",
            "controller.performance.",
            "kafka.metrics.",
            "metrics.");

    private static final Set<String> KEYS = Set.of(
            "background.threads",
            "client.quota.callback.class",
            "connection.failed.authentication.delay.ms",
            "connections.max.reauth.ms",
            "cordoned.log.dirs",
            "delete.records.purgatory.purge.interval.requests",
            "early.start.listeners",
            "fetch.purgatory.purge.interval.requests",
            "follower.fetch.last.tiered.offset.enable",
            "initial.broker.registration.timeout.ms",
            "log.dir.failure.timeout.ms",
            "log.flush.offset.checkpoint.interval.ms",
            "log.flush.start.offset.checkpoint.interval.ms",
            "log.index.size.max.bytes",
            "log.initial.task.delay.ms",
            "log.preallocate",
            "max.connection.creation.rate",
            "num.io.threads",
            "num.recovery.threads.per.data.dir",
            "num.replica.alter.log.dirs.threads",
            "principal.builder.class",
            "producer.id.expiration.check.interval.ms",
            "producer.purgatory.purge.interval.requests",
            "queued.max.requests",
            "replica.high.watermark.checkpoint.interval.ms",
            "security.providers",
            "server.max.startup.time.ms",
            "unstable.api.versions.enable",
            "unstable.feature.versions.enable");

    /** Those of topics. */
    private static final Set<String> TOPIC_KEYS = Set.of(
            "delete.retention.ms",
            "local.retention.bytes",
            "local.retention.ms",
            "max.compaction.lag.ms",
            "min.cleanable.dirty.ratio",
            "min.compaction.lag.ms",
            "preallocate",
            "remote.log.copy.disable",
            "remote.log.delete.on.disable",
            "remote.storage.enable",
            "segment.index.bytes");

    private KeysWithoutEffect() {}

    /** Whether {@code key}, one of Kafka's, has no effect here. */
    static boolean has(String key) {
        return KEYS.contains(key) || PREFIXES.stream().anyMatch(key::startsWith);
    }

    /** Whether {@code key}, one of a topic, has no effect here. */
    static boolean hasTopics(String key) {
        return TOPIC_KEYS.contains(key);
    }

    /** The names and prefixes, so that a test can tell when one no longer exists in Kafka. */
    static List<String> all() {
        return Stream.concat(PREFIXES.stream(), KEYS.stream()).toList();
    }
}
