package dwal.server.handler;

import dwal.server.config.BrokerConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.config.DynamicBrokerConfig;

/**
 * The layers that a node's configuration lies in, the uppermost first: set at run time for this node, for all nodes, set
 * when the node was started, defaults. A value, made for one answer.
 *
 * @param live what is in force: all layers together
 */
record ConfigLayers(
        BrokerConfig live,
        Map<String, String> node,
        Map<String, String> cluster,
        Map<String, String> fixed,
        Map<String, String> defaults) {

    static ConfigLayers of(BrokerConfig fixed, MetadataImage image) {
        Map<String, String> cluster = configs(image, ConfigResource.Type.BROKER, "");
        Map<String, String> node = configs(image, ConfigResource.Type.BROKER, Integer.toString(fixed.nodeId()));
        return new ConfigLayers(
                cluster.isEmpty() && node.isEmpty() ? fixed : fixed.withDynamic(cluster, node),
                node,
                cluster,
                ConfigDef.convertToStringMapWithPasswordValues(fixed.originals()),
                ConfigDef.convertToStringMapWithPasswordValues(fixed.keys().defaultValues()));
    }

    static Map<String, String> configs(MetadataImage image, ConfigResource.Type type, String name) {
        return image.configs().configMapForResource(new ConfigResource(type, name));
    }

    /** Where the value of a node's key {@code name} comes from, and would come from next, as DescribeConfigs tells it. */
    List<DescribeConfigsSynonym> synonyms(String name, boolean sensitive) {
        List<String> names = DynamicBrokerConfig.brokerConfigSynonyms(name, true);
        List<DescribeConfigsSynonym> found = new ArrayList<>();
        add(found, names, node, ConfigSource.DYNAMIC_BROKER_CONFIG, sensitive);
        add(found, names, cluster, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, sensitive);
        add(found, names, fixed, ConfigSource.STATIC_BROKER_CONFIG, sensitive);
        add(found, names, defaults, ConfigSource.DEFAULT_CONFIG, sensitive);
        // Kafka begins with the key asked for: what a synonym before it says does not count.
        int first = 0;
        while (first < found.size() && !found.get(first).name().equals(name)) {
            first++;
        }
        return new ArrayList<>(found.subList(first, found.size()));
    }

    private static void add(
            List<DescribeConfigsSynonym> found,
            List<String> names,
            Map<String, String> layer,
            ConfigSource source,
            boolean sensitive) {
        for (String name : names) {
            String value = layer.get(name);
            if (value != null) {
                found.add(new DescribeConfigsSynonym()
                        .setName(name)
                        .setValue(sensitive ? null : value)
                        .setSource(source.id()));
            }
        }
    }

    /** All values of {@code config} that may be told, those that were set under names nobody defined included. */
    static Map<String, Object> told(AbstractConfig config) {
        Map<String, Object> values = new HashMap<>();
        config.originals().forEach((key, value) -> {
            if (value != null) {
                values.put(key, value);
            }
        });
        values.putAll(config.nonInternalValues());
        return values;
    }
}
