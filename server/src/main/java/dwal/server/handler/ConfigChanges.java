package dwal.server.handler;

import dwal.replication.metadata.ClusterMetadata;
import dwal.server.config.BrokerConfig;
import dwal.server.config.DwalConfigs;
import dwal.server.config.DynamicConfigs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * What a node checks before a change of configuration goes to the controller: the form of the request, and everything
 * about the configuration of nodes, which the controller takes on trust. Any thread.
 *
 * @param config what the node was started with
 */
record ConfigChanges(ClusterMetadata metadata, BrokerConfig config) {

    /** One change of one key. */
    record Change(String name, OpType operation, @Nullable String value) {}

    /** Throws unless {@code changes} to {@code resource} make sense. */
    void check(ConfigResource resource, List<Change> changes) {
        check(resource, changes, metadata.image().configs().configMapForResource(resource));
    }

    /** Throws unless it makes sense that {@code resource} has the keys of {@code changes}, and no other. */
    void checkReplacement(ConfigResource resource, List<Change> changes) {
        check(resource, changes, Map.of());
    }

    private void check(ConfigResource resource, List<Change> changes, Map<String, String> before) {
        checkForm(changes);
        switch (resource.type()) {
            case BROKER -> checkBroker(resource, changes, before);
            case TOPIC, CLIENT_METRICS, GROUP -> {}
            case BROKER_LOGGER -> throw new AssertionError("each node changes its own loggers: " + resource);
            case UNKNOWN -> throw new InvalidRequestException("Unknown resource type");
        }
    }

    /** Throws unless each key is named once, with a value if it needs one. */
    static void checkForm(List<Change> changes) {
        Set<String> names = new HashSet<>();
        List<String> withoutValue = new ArrayList<>();
        for (Change change : changes) {
            if (!names.add(change.name())) {
                throw new InvalidRequestException("Error due to duplicate config keys");
            }
            if (change.operation() != OpType.DELETE && change.value() == null) {
                withoutValue.add(change.name());
            }
        }
        if (!withoutValue.isEmpty()) {
            throw new InvalidRequestException("Null value not supported for : " + String.join(", ", withoutValue));
        }
    }

    private void checkBroker(ConfigResource resource, List<Change> changes, Map<String, String> before) {
        boolean oneNode = !resource.name().isEmpty();
        if (oneNode) {
            requireNode(resource.name(), config.nodeId(), "");
        }
        Map<String, String> after = apply(before, changes);
        try {
            DynamicConfigs.check(after, oneNode);
            Map<String, String> cluster = now("");
            Map<String, String> node = now(Integer.toString(config.nodeId()));
            BrokerConfig present = config.withDynamic(cluster, node);
            if (oneNode) {
                config.checkDynamic(present, cluster, after);
            } else {
                config.checkDynamic(present, after, node);
            }
        } catch (ConfigException e) {
            throw new InvalidRequestException(e.getMessage());
        }
    }

    private Map<String, String> now(String broker) {
        return metadata.image().configs().configMapForResource(new ConfigResource(ConfigResource.Type.BROKER, broker));
    }

    /** {@code before} with {@code changes} applied. */
    private static Map<String, String> apply(Map<String, String> before, List<Change> changes) {
        Map<String, String> after = new HashMap<>(before);
        for (Change change : changes) {
            String value = change.value();
            switch (change.operation()) {
                case DELETE -> after.remove(change.name());
                case SET -> put(after, change.name(), value);
                case APPEND -> {
                    List<String> list = list(after, change);
                    values(value).stream().filter(each -> !list.contains(each)).forEach(list::add);
                    after.put(change.name(), String.join(",", list));
                }
                case SUBTRACT -> {
                    List<String> list = list(after, change);
                    list.removeAll(values(value));
                    after.put(change.name(), String.join(",", list));
                }
            }
        }
        return after;
    }

    private static void put(Map<String, String> after, String name, @Nullable String value) {
        if (value != null) {
            after.put(name, value);
        }
    }

    private static List<String> list(Map<String, String> after, Change change) {
        ConfigKey key = DwalConfigs.broker().configKeys().get(change.name());
        if (key == null) {
            throw new InvalidConfigurationException("Unknown config name: " + change.name());
        }
        if (key.type != ConfigDef.Type.LIST) {
            throw new InvalidConfigurationException("Config value "
                    + (change.operation() == OpType.APPEND ? "append" : "subtract")
                    + " is not allowed for config key: " + change.name());
        }
        String now = after.get(change.name());
        return values(now != null ? now : ConfigDef.convertToString(key.defaultValue, ConfigDef.Type.LIST));
    }

    private static List<String> values(@Nullable String text) {
        return text == null || text.isEmpty() ? new ArrayList<>() : new ArrayList<>(Arrays.asList(text.split(",", -1)));
    }

    /** Throws unless {@code name} is the id of this node. */
    static void requireNode(String name, int nodeId, String alternative) {
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw new InvalidRequestException("Broker id must be an integer, but it is: " + name);
        }
        if (id != nodeId) {
            throw new InvalidRequestException(
                    "Unexpected broker id, expected " + nodeId + alternative + ", but received " + name);
        }
    }
}
