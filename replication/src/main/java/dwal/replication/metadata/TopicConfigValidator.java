package dwal.replication.metadata;

import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.controller.ConfigurationValidator;
import org.apache.kafka.storage.internals.log.LogConfig;

/** Judges topic configurations by Kafka's rules for logs, and lets all others pass; any thread. */
public final class TopicConfigValidator implements ConfigurationValidator {

    @Override
    public void validate(ConfigResource resource) {
        if (resource.type() == ConfigResource.Type.TOPIC) {
            validateTopicName(resource.name());
        }
    }

    @Override
    public void validate(ConfigResource resource, Map<String, String> after, Map<String, String> before) {
        if (resource.type() == ConfigResource.Type.TOPIC) {
            validateTopicName(resource.name());
            LogConfig.validate(before, after, Map.of(), false);
        }
    }

    private static void validateTopicName(String name) {
        if (name.isEmpty()) {
            throw new InvalidRequestException("Default topic resources are not allowed.");
        }
        Topic.validate(name);
    }
}
