package dwal.server.config;

import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.metrics.MetricConfigs;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a node may be changed while it runs. Constants; any thread.
 *
 * <p>Kafka's list, without what would make the server load a class or evaluate an expression that came in a request, and
 * with dwal's own keys that are read anew each time.
 */
public final class DynamicConfigs {

    /** Kafka binds listeners and moves connections between threads while it runs; here both stay as they were at the start. */
    private static final Set<String> FIXED_HERE = Set.of(
            SocketServerConfigs.NUM_NETWORK_THREADS_CONFIG,
            SocketServerConfigs.LISTENERS_CONFIG,
            SocketServerConfigs.LISTENER_SECURITY_PROTOCOL_MAP_CONFIG);

    private static final ConfigDef BROKER = DwalConfigs.broker();
    private static final Set<String> NAMES = names();

    /** Limits that exist at run time only. */
    private static final ConfigDef QUOTAS = QuotaConfig.brokerQuotaConfigs();

    private DynamicConfigs() {}

    /** Whether {@code key} of a node may be changed while it runs. */
    public static boolean isDynamic(String key) {
        return NAMES.contains(key);
    }

    /**
     * Throws a {@link ConfigException} unless the node may have {@code values} set at run time.
     *
     * @param oneNode whether they are for one node; else for all
     */
    public static void check(Map<String, String> values, boolean oneNode) {
        var properties = new Properties();
        properties.putAll(values);
        Set<String> fixed = new TreeSet<>();
        for (String key : values.keySet()) {
            String base = BrokerConfig.baseKey(key).orElse(key);
            if (!NAMES.contains(base) && !QUOTAS.names().contains(base)) {
                if (!BROKER.names().contains(base)) {
                    throw new ConfigException("Unknown configuration key '" + key + "'"
                            + EditDistance.nearest(key, NAMES)
                                    .map(near -> ": did you mean '" + near + "'?")
                                    .orElse(""));
                }
                fixed.add(key);
            }
        }
        refuse(fixed, "Cannot update these configs dynamically");
        refuse(
                DynamicBrokerConfig.securityConfigsWithoutListenerPrefix(properties),
                "These security configs can be dynamically updated only per-listener using the listener prefix");
        values.forEach((key, value) -> {
            String base = BrokerConfig.baseKey(key).orElse(key);
            parse(definition(base), base, value);
        });
        if (!oneNode) {
            refuse(
                    DynamicBrokerConfig.perBrokerConfigs(properties),
                    "Cannot update these configs at default cluster level, broker id must be specified");
        }
    }

    private static void refuse(Set<String> keys, String reason) {
        if (!keys.isEmpty()) {
            throw new ConfigException(reason + ": " + keys);
        }
    }

    /** What {@code key} is of a node that has the keys {@code fixed}, and those that exist at run time only; null if it is none. */
    public static @Nullable ConfigKey key(ConfigDef fixed, String key) {
        return (QUOTAS.names().contains(key) ? QUOTAS : fixed).configKeys().get(key);
    }

    private static ConfigDef definition(String key) {
        return QUOTAS.names().contains(key) ? QUOTAS : BROKER;
    }

    /**
     * Those of {@code values} that may be set at run time, and are such as their keys may have.
     *
     * @param bad is told of what a key may not have, as KEY=VALUE, and why
     */
    static Map<String, String> thatParse(Map<String, String> values, BiConsumer<String, ConfigException> bad) {
        Map<String, String> good = new TreeMap<>();
        new TreeMap<>(values).forEach((key, value) -> {
            String base = BrokerConfig.baseKey(key).orElse(key);
            if (isDynamic(base)) {
                try {
                    parse(definition(base), base, value);
                    good.put(key, value);
                } catch (ConfigException e) {
                    bad.accept(key + "=" + value, e);
                }
            }
        });
        return good;
    }

    /** Whether {@code value} is one that {@code key} of a node may have. */
    public static boolean parses(String key, String value) {
        return parses(definition(key), key, value);
    }

    static boolean parses(ConfigDef definition, String key, String value) {
        try {
            parse(definition, key, value);
            return true;
        } catch (ConfigException e) {
            return false;
        }
    }

    /** Checks {@code value} by type and bounds of {@code key}; throws a {@link ConfigException} that says what is wrong. */
    static void parse(ConfigDef definition, String key, String value) {
        ConfigKey known = definition.configKeys().get(key);
        if (known == null) {
            throw new ConfigException("Unknown configuration key '" + key + "'");
        }
        Object parsed = ConfigDef.parseType(key, value, known.type);
        if (known.validator != null) {
            known.validator.ensureValid(key, parsed);
        }
    }

    private static Set<String> names() {
        Set<String> names = new HashSet<>(DynamicBrokerConfig.ALL_DYNAMIC_CONFIGS);
        names.remove(AbstractConfig.CONFIG_PROVIDERS_CONFIG);
        names.remove(MetricConfigs.METRIC_REPORTER_CLASSES_CONFIG);
        names.removeAll(FIXED_HERE);
        names.removeIf(name -> {
            ConfigKey key = BROKER.configKeys().get(name);
            return key != null && key.type == ConfigDef.Type.CLASS;
        });
        names.add(DwalConfigs.SYNC_CONFIG);
        return Set.copyOf(names);
    }
}
