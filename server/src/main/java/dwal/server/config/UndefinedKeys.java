package dwal.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.server.log.remote.storage.RemoteLogManagerConfig;

/**
 * What a configuration sets beside the keys that Kafka and dwal define. Some of that may be there: what plug-ins of Kafka's
 * own read, what older versions of Kafka had, and, where a class of the user's is configured, anything at all, since Kafka
 * hands such a class every key that is set. What is left nobody knows. Immutable once it is made.
 */
final class UndefinedKeys {
    private static final String OF_CONFLUENTS_SERVER = "confluent.";

    /** At most so many letters apart, a key that may be a class's own is more likely a mistyped one. */
    private static final int VERY_NEAR = 2;

    private final BrokerConfig config;
    private final Set<String> known;
    private final List<String> prefixesOfPlugIns;

    private final Set<String> withoutEffect = new TreeSet<>();
    private final Map<String, Set<String>> removed = new TreeMap<>();
    private final Set<String> unknown = new TreeSet<>();
    private final Set<String> classes;

    UndefinedKeys(BrokerConfig config) {
        this.config = config;
        known = config.keys().names();
        prefixesOfPlugIns = prefixesOfPlugIns(config);
        classes = UserClasses.in(config.originals());
        config.originals().keySet().stream()
                .filter(key -> !known.contains(key) && !key.startsWith(AbstractConfig.CONFIG_PROVIDERS_CONFIG + "."))
                .forEach(this::sort);
    }

    /** What only plug-ins would read that dwal does not run. */
    private static List<String> prefixesOfPlugIns(BrokerConfig config) {
        List<String> prefixes = new ArrayList<>();
        prefixes.add(CommonClientConfigs.METRICS_CONTEXT_PREFIX);
        prefixes.add(OF_CONFLUENTS_SERVER);
        for (String key : List.of(
                RemoteLogManagerConfig.REMOTE_STORAGE_MANAGER_CONFIG_PREFIX_PROP,
                RemoteLogManagerConfig.REMOTE_LOG_METADATA_MANAGER_CONFIG_PREFIX_PROP)) {
            String prefix = config.getString(key);
            if (prefix != null && !prefix.isEmpty()) {
                prefixes.add(prefix);
            }
        }
        return prefixes;
    }

    private void sort(String key) {
        Optional<String> reason = RemovedKeys.reason(key);
        if (reason.isPresent()) {
            removed.computeIfAbsent(reason.get(), none -> new TreeSet<>()).add(key);
        } else if (isOfOneListener(key)) {
            if (!config.limitsListener(key)) {
                withoutEffect.add(key);
            }
        } else if (isOfPlugIns(key)) {
            withoutEffect.add(key);
        } else {
            unknown.add(key);
        }
    }

    private boolean isOfOneListener(String key) {
        return BrokerConfig.baseKey(key).filter(known::contains).isPresent();
    }

    private boolean isOfPlugIns(String key) {
        return JmxReporter.RECONFIGURABLE_CONFIGS.contains(key)
                || prefixesOfPlugIns.stream().anyMatch(key::startsWith);
    }

    /** Throws a {@link ConfigException} if there is a key that nobody can know. */
    void refuseUnknown() {
        if (!unknown.isEmpty() && classes.isEmpty()) {
            String key = unknown.iterator().next();
            throw new ConfigException("Unknown configuration key '" + key + "'"
                    + EditDistance.nearest(key, known)
                            .map(near -> ": did you mean '" + near + "'?")
                            .orElse("; docs/configuration.md lists those there are"));
        }
    }

    /** Those that are somebody's, though of nobody here. */
    Set<String> withoutEffect() {
        return withoutEffect;
    }

    /** A sentence about those of older versions of Kafka, and one about those that a class of the user's may know. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (!removed.isEmpty()) {
            warnings.add("These settings are of older versions of Kafka, and have no effect: " + removedByKey());
        }
        if (!unknown.isEmpty()) {
            warnings.add("These settings are neither Kafka's nor dwal's, and are left to " + String.join(", ", classes)
                    + ", which may know them: "
                    + unknown.stream().map(this::withNearest).collect(Collectors.joining(", ")));
        }
        return warnings;
    }

    private String removedByKey() {
        return removed.entrySet().stream()
                .map(each -> String.join(", ", each.getValue()) + " (" + each.getKey() + ")")
                .sorted()
                .collect(Collectors.joining("; "));
    }

    private String withNearest(String key) {
        return key
                + EditDistance.nearest(key, known, VERY_NEAR)
                        .map(near -> " (did you mean '" + near + "'?)")
                        .orElse("");
    }
}
