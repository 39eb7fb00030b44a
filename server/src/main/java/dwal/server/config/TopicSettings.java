package dwal.server.config;

import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.jspecify.annotations.Nullable;

/** Turns the node's configuration and what a topic overrides into the settings of that topic's logs. No state. */
public final class TopicSettings {
    private TopicSettings() {}

    /** Settings of the logs of a topic that sets {@code overrides} itself. */
    public static LogSettings of(BrokerConfig broker, Map<String, String> overrides) {
        LogConfig config = logConfig(broker, overrides);
        return new LogSettings(
                config.segmentSize(),
                config.segmentMs,
                config.segmentJitterMs,
                config.retentionMs < 0 ? -1 : config.retentionMs,
                config.retentionSize < 0 ? -1 : config.retentionSize,
                config.delete,
                config.compact,
                config.maxMessageSize(),
                config.messageTimestampType,
                config.messageTimestampBeforeMaxMs,
                config.messageTimestampAfterMaxMs,
                codec(config),
                level(config),
                config.indexInterval,
                config.flushInterval,
                config.flushMs,
                config.fileDeleteDelayMs,
                sync(broker, overrides));
    }

    /** The same in Kafka's own form, for what is no business of a log, such as {@code min.insync.replicas}. */
    public static LogConfig logConfig(BrokerConfig broker, Map<String, String> overrides) {
        var own = new Properties();
        overrides.forEach((key, value) -> {
            // A value that does not parse can no longer be refused; the topic lives with the default.
            if (LogConfig.configKeys().containsKey(key) && DynamicConfigs.parses(DwalConfigs.topic(), key, value)) {
                own.put(key, value);
            }
        });
        return LogConfig.fromProps(defaults(broker), own);
    }

    /** The values that a topic has when it overrides nothing, as far as the node's configuration determines them. */
    static Map<String, Object> defaults(BrokerConfig broker) {
        Map<String, Object> defaults = new HashMap<>();
        Map<String, ConfigKey> keys = DwalConfigs.broker().configKeys();
        DwalConfigs.topicSynonyms().forEach((topicKey, synonyms) -> {
            String value = normal(topicKey, firstSet(broker, keys, synonyms));
            boolean isKafkas = !topicKey.equals(DwalConfigs.SYNC_CONFIG);
            // A node may have what no topic may, as log.flush.interval.ms=-1; topics live with Kafka's default then.
            if (value != null && isKafkas && DynamicConfigs.parses(DwalConfigs.topic(), topicKey, value)) {
                defaults.put(topicKey, value);
            }
        });
        return defaults;
    }

    /** {@code log.retention.hours=-1} is "for ever", and so is what comes out of it in milliseconds. */
    private static @Nullable String normal(String topicKey, @Nullable String value) {
        boolean isForEver =
                topicKey.equals(TopicConfig.RETENTION_MS_CONFIG) && value != null && Long.parseLong(value) < 0;
        return isForEver ? "-1" : value;
    }

    private static @Nullable String firstSet(
            BrokerConfig broker, Map<String, ConfigKey> keys, List<ConfigSynonym> synonyms) {
        for (ConfigSynonym synonym : synonyms) {
            Object value = broker.values().get(synonym.name());
            ConfigKey key = keys.get(synonym.name());
            if (value != null && key != null) {
                return synonym.converter().apply(ConfigDef.convertToString(value, key.type));
            }
        }
        return null;
    }

    private static SyncPolicy sync(BrokerConfig broker, Map<String, String> overrides) {
        String own = overrides.get(DwalConfigs.SYNC_CONFIG);
        String value = own != null && DynamicConfigs.parses(DwalConfigs.topic(), DwalConfigs.SYNC_CONFIG, own)
                ? own
                : broker.getString(DwalConfigs.SYNC_CONFIG);
        return value.equals(DwalConfigs.SYNC_COMMIT) ? SyncPolicy.COMMIT : SyncPolicy.INTERVAL;
    }

    private static @Nullable CompressionType codec(LogConfig config) {
        return config.compression.map(compression -> compression.type()).orElse(null);
    }

    private static int level(LogConfig config) {
        if (config.compression.isEmpty()) {
            return 0;
        }
        return switch (config.compression.get().type()) {
            case GZIP -> config.getInt(TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG);
            case LZ4 -> config.getInt(TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG);
            case ZSTD -> config.getInt(TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG);
            case NONE, SNAPPY -> 0;
        };
    }
}
