package dwal.server.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.controller.ConfigurationValidator;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * The rules by which the controller takes or refuses configurations of topics, groups and client metrics: Kafka's own, and
 * dwal's for its own keys. Configurations of nodes are judged by the node that is asked ({@link DynamicConfigs}). Any
 * thread.
 */
public final class ConfigRules implements ConfigurationValidator {
    private final Map<String, Object> topicDefaults;
    private final GroupCoordinatorConfig groups;
    private final ShareGroupConfig shareGroups;

    /** The rules on a node that was started with {@code config}. */
    public ConfigRules(BrokerConfig config) {
        topicDefaults = TopicSettings.defaults(config);
        groups = new GroupCoordinatorConfig(config);
        shareGroups = new ShareGroupConfig(config);
    }

    @Override
    public void validate(ConfigResource resource) {
        switch (resource.type()) {
            case TOPIC -> checkTopicName(resource.name());
            case BROKER -> checkBrokerName(resource.name());
            case GROUP, CLIENT_METRICS, BROKER_LOGGER, UNKNOWN ->
                throw new InvalidRequestException("Unknown resource type " + resource.type());
        }
    }

    @Override
    public void validate(ConfigResource resource, Map<String, String> after, Map<String, String> before) {
        switch (resource.type()) {
            case TOPIC -> {
                checkTopicName(resource.name());
                checkTopic(withoutNulls(after, "topic"), before);
            }
            case BROKER -> checkBrokerName(resource.name());
            case CLIENT_METRICS ->
                ClientMetricsConfigs.validate(resource.name(), withoutNulls(after, "client metrics"));
            case GROUP -> {
                if (resource.name().isEmpty()) {
                    throw new InvalidRequestException("Default group resources are not allowed.");
                }
                GroupConfig.validate(withoutNulls(after, "group"), groups, shareGroups);
            }
            case BROKER_LOGGER, UNKNOWN ->
                throw new InvalidRequestException("Unknown resource type " + resource.type());
        }
    }

    private void checkTopic(Map<String, String> after, Map<String, String> before) {
        Map<String, String> kafkas = new HashMap<>(after);
        String sync = kafkas.remove(DwalConfigs.SYNC_CONFIG);
        if (sync != null) {
            try {
                DynamicConfigs.parse(DwalConfigs.topic(), DwalConfigs.SYNC_CONFIG, sync);
            } catch (ConfigException e) {
                throw new InvalidConfigurationException(e.getMessage());
            }
        }
        Map<String, String> kafkasBefore = new HashMap<>(before);
        kafkasBefore.remove(DwalConfigs.SYNC_CONFIG);
        LogConfig.validate(kafkasBefore, kafkas, topicDefaults, false);
    }

    private static void checkTopicName(String name) {
        if (name.isEmpty()) {
            throw new InvalidRequestException("Default topic resources are not allowed.");
        }
        Topic.validate(name);
    }

    private static void checkBrokerName(String name) {
        if (name.isEmpty()) {
            return;
        }
        try {
            if (Integer.parseInt(name) < 0) {
                throw new InvalidRequestException("Invalid negative broker ID.");
            }
        } catch (NumberFormatException e) {
            throw new InvalidRequestException("Unable to parse broker name as a base 10 number.", e);
        }
    }

    private static Map<String, String> withoutNulls(Map<String, String> configs, String what) {
        Set<String> nulls = new TreeSet<>();
        configs.forEach((key, value) -> {
            if (value == null) {
                nulls.add(key);
            }
        });
        if (!nulls.isEmpty()) {
            throw new InvalidConfigurationException(
                    "Null value not supported for " + what + " configs: " + String.join(",", nulls));
        }
        return configs;
    }
}
