package dwal.server.config;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SecurityConfig;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.ReplicationConfigs;
import org.apache.kafka.server.metrics.MetricConfigs;
import org.jspecify.annotations.Nullable;

/**
 * The classes that a configuration names and Kafka did not write. Kafka hands them all keys that are set, so that each may
 * have keys of its own. (Not so those of tiered storage and of {@code config.providers}, whose keys have a prefix.) No state.
 */
final class UserClasses {
    private static final String KAFKAS = "org.apache.kafka.";

    private static final Pattern MISSING = Pattern.compile("Class \\S+ (could not|cannot) be found");

    /** Keys that name classes, beside those whose type says so. */
    private static final Set<String> NAMING = Set.of(
            MetricConfigs.METRIC_REPORTER_CLASSES_CONFIG,
            MetricConfigs.KAFKA_METRICS_REPORTER_CLASSES_CONFIG,
            ReplicationConfigs.REPLICA_SELECTOR_CLASS_CONFIG,
            SecurityConfig.SECURITY_PROVIDERS_CONFIG,
            GroupCoordinatorConfig.CONSUMER_GROUP_ASSIGNORS_CONFIG,
            GroupCoordinatorConfig.SHARE_GROUP_ASSIGNORS_CONFIG);

    private UserClasses() {}

    /** {@code e}, which Kafka says of the classes that {@code key} names, with that key, and with where they would come from. */
    static ConfigException ofKey(String key, KafkaException e) {
        return explained(new ConfigException(key + ": " + e.getMessage()));
    }

    /** {@code e}, and of a class that is not there also where it would come from. */
    static ConfigException explained(ConfigException e) {
        String told = String.valueOf(e.getMessage());
        return MISSING.matcher(told).find()
                ? new ConfigException(told + " (jars with classes of one's own are named by DWAL_CLASSPATH)")
                : e;
    }

    /** Those that {@code set} names. */
    static Set<String> in(Map<String, ?> set) {
        Set<String> classes = new TreeSet<>();
        set.forEach((key, value) -> {
            if (value instanceof String names && namesClasses(key)) {
                Arrays.stream(names.split(","))
                        .map(String::trim)
                        .filter(UserClasses::isUsers)
                        .forEach(classes::add);
            }
        });
        return classes;
    }

    private static boolean namesClasses(String key) {
        String base = BrokerConfig.baseKey(key).orElse(key);
        return NAMING.contains(base)
                || isOfTypeClass(AbstractKafkaConfig.CONFIG_DEF.configKeys().get(base));
    }

    private static boolean isOfTypeClass(@Nullable ConfigKey key) {
        return key != null && key.type == ConfigDef.Type.CLASS;
    }

    /** Assignors may be named by one word, which is of Kafka's own. */
    private static boolean isUsers(String name) {
        return name.contains(".") && !name.startsWith(KAFKAS);
    }

    /**
     * {@code definition} for a configuration that names classes which nothing here loads, and which therefore need not be
     * there: their names are text. Kafka's own definition loads them to see whether they exist.
     */
    static ConfigDef toleratingMissing(Map<String, String> set, ConfigDef definition) {
        set.forEach((name, value) -> {
            ConfigKey key = definition.configKeys().get(name);
            if (key != null && isOfTypeClass(key) && KeysWithoutEffect.has(name) && isMissing(value.trim())) {
                definition.configKeys().put(name, DwalConfigs.asText(key));
            }
        });
        return definition;
    }

    private static boolean isMissing(String name) {
        try {
            Class.forName(name, false, Utils.getContextOrKafkaClassLoader());
            return false;
        } catch (ClassNotFoundException | LinkageError e) {
            return true;
        }
    }
}
