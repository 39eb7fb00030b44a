package dwal.server.config;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.config.DynamicBrokerConfig;

/**
 * Which keys of a node may be changed while it runs. Constants; any thread.
 *
 * <p>Kafka's list, without what would make the server load a class or evaluate an expression that came in a request, and
 * with dwal's own keys that are read anew each time.
 */
public final class DynamicConfigs {

    private static final ConfigDef BROKER = DwalConfigs.broker();
    private static final Set<String> NAMES = names();

    private DynamicConfigs() {}

    /** Whether {@code key} of a node may be changed while it runs. */
    public static boolean isDynamic(String key) {
        return NAMES.contains(key);
    }

    /** Whether {@code value} is one that {@code key} of a node may have. */
    static boolean parses(String key, String value) {
        return parses(BROKER, key, value);
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
        names.removeIf(name -> {
            ConfigKey key = BROKER.configKeys().get(name);
            return key != null && key.type == ConfigDef.Type.CLASS;
        });
        names.add(DwalConfigs.SYNC_CONFIG);
        return Set.copyOf(names);
    }
}
