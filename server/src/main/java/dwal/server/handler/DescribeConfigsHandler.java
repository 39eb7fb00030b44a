package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.server.config.BrokerConfig;
import dwal.server.config.DwalConfigs;
import dwal.server.config.DynamicConfigs;
import dwal.server.config.GroupKeys;
import dwal.server.config.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.jspecify.annotations.Nullable;

/**
 * DescribeConfigs: what is configured for topics, this node, all nodes, its loggers, groups and client metrics, and where each value
 * comes from. Sensitive values are never told. Any thread.
 *
 * @param metadata the newest image
 * @param config what the node was started with
 * @param loggers of this node
 */
record DescribeConfigsHandler(Supplier<MetadataImage> metadata, BrokerConfig config, BrokerLoggers loggers)
        implements Handler<DescribeConfigsRequestData> {

    /** One answer in the making: what was asked, over which state. */
    private record Question(
            DescribeConfigsRequestData request,
            MetadataImage image,
            ConfigLayers layers,
            DescribeConfigsResource about) {

        /** Whether {@code key} is among those that were asked for. */
        boolean asksFor(String key) {
            List<String> keys = about.configurationKeys();
            return keys == null || keys.isEmpty() || keys.contains(key);
        }

        Map<String, String> overrides(ConfigResource.Type type) {
            return ConfigLayers.configs(image, type, about.resourceName());
        }
    }

    @Override
    public CompletionStage<DescribeConfigsResponseData> handle(
            RequestContext context, DescribeConfigsRequestData request) {
        MetadataImage image = metadata.get();
        ConfigLayers layers = ConfigLayers.of(config, image);
        var response = new DescribeConfigsResponseData();
        for (DescribeConfigsResource about : request.resources()) {
            response.results().add(describe(new Question(request, image, layers, about)));
        }
        return CompletableFuture.completedFuture(response);
    }

    private DescribeConfigsResult describe(Question question) {
        DescribeConfigsResource about = question.about();
        var result = new DescribeConfigsResult()
                .setResourceName(about.resourceName())
                .setResourceType(about.resourceType());
        try {
            return result.setConfigs(
                    switch (ConfigResource.Type.forId(about.resourceType())) {
                        case TOPIC -> topic(question);
                        case BROKER -> broker(question);
                        case BROKER_LOGGER -> logger(question);
                        case CLIENT_METRICS -> clientMetrics(question);
                        case GROUP -> group(question);
                        case UNKNOWN ->
                            throw new InvalidRequestException("Unexpected resource type " + about.resourceType()
                                    + " for resource " + about.resourceName());
                    });
        } catch (UnknownTopicOrPartitionException e) {
            return result.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        } catch (RuntimeException e) {
            ApiError error = ApiError.fromThrowable(e);
            return result.setErrorCode(error.error().code()).setErrorMessage(error.message());
        }
    }

    private List<DescribeConfigsResourceResult> topic(Question question) {
        String name = question.about().resourceName();
        Topic.validate(name);
        if (question.image().topics().getTopic(name) == null) {
            throw new UnknownTopicOrPartitionException();
        }
        Map<String, String> own = question.overrides(ConfigResource.Type.TOPIC);
        BrokerConfig live = question.layers().live();
        LogConfig log = TopicSettings.logConfig(live, own);
        Map<String, Object> values = ConfigLayers.told(log);
        values.put(
                DwalConfigs.SYNC_CONFIG,
                own.getOrDefault(DwalConfigs.SYNC_CONFIG, live.getString(DwalConfigs.SYNC_CONFIG)));
        Map<String, ConfigKey> keys = DwalConfigs.topic().configKeys();
        return entries(question, values, keys, ConfigResource.Type.TOPIC, ConfigSource.TOPIC_CONFIG, key -> {
            String onNode = key.equals(DwalConfigs.SYNC_CONFIG)
                    ? key
                    : ServerTopicConfigSynonyms.TOPIC_CONFIG_SYNONYMS.get(key);
            return onNode == null ? new ArrayList<>() : question.layers().synonyms(onNode, isSensitive(keys.get(key)));
        });
    }

    private List<DescribeConfigsResourceResult> broker(Question question) {
        String name = question.about().resourceName();
        boolean allNodes = name == null || name.isEmpty();
        if (!allNodes) {
            requireThisNode(name, " or empty string");
        }
        BrokerConfig live = question.layers().live();
        Map<String, ?> values = allNodes ? question.layers().cluster() : ConfigLayers.told(live);
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        values.forEach((key, value) -> {
            boolean untold = DwalConfigs.isAuthorizers(key) && !live.originals().containsKey(key);
            if (question.asksFor(key) && !untold) {
                ConfigKey known = DynamicConfigs.key(
                        live.keys(), BrokerConfig.baseKey(key).orElse(key));
                List<DescribeConfigsSynonym> synonyms = question.layers().synonyms(key, isSensitive(known));
                if (allNodes) {
                    synonyms.removeIf(each -> each.source() != ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.id());
                }
                results.add(entry(question, key, value, known, false, ConfigSource.DEFAULT_CONFIG, synonyms)
                        .setReadOnly(!DynamicConfigs.isDynamic(key)));
            }
        });
        return results;
    }

    private List<DescribeConfigsResourceResult> logger(Question question) {
        String name = question.about().resourceName();
        if (name == null || name.isEmpty()) {
            throw new InvalidRequestException("Broker id must not be empty");
        }
        requireThisNode(name, "");
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        loggers.all().forEach((logger, level) -> {
            if (question.asksFor(logger)) {
                results.add(new DescribeConfigsResourceResult()
                        .setName(logger)
                        .setValue(level)
                        .setConfigSource(ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG.id()));
            }
        });
        return results;
    }

    private List<DescribeConfigsResourceResult> clientMetrics(Question question) {
        String name = question.about().resourceName();
        if (name == null || name.isEmpty()) {
            throw new InvalidRequestException("Client metrics subscription name must not be empty");
        }
        Map<String, String> own = question.overrides(ConfigResource.Type.CLIENT_METRICS);
        var values = ClientMetricsConfigs.fromProps(ClientMetricsConfigs.defaultConfigsMap(), properties(own));
        Map<String, ConfigKey> keys = ClientMetricsConfigs.configDef().configKeys();
        return entries(
                question,
                ConfigLayers.told(values),
                keys,
                ConfigResource.Type.CLIENT_METRICS,
                ConfigSource.CLIENT_METRICS_CONFIG,
                key -> new ArrayList<>());
    }

    private List<DescribeConfigsResourceResult> group(Question question) {
        String name = question.about().resourceName();
        if (name == null || name.isEmpty()) {
            throw new InvalidRequestException("Group name must not be empty");
        }
        Map<String, String> own = question.overrides(ConfigResource.Type.GROUP);
        var values = GroupKeys.of(question.layers().live(), properties(own));
        Map<String, ConfigKey> keys = GroupKeys.all();
        return entries(
                question,
                ConfigLayers.told(values),
                keys,
                ConfigResource.Type.GROUP,
                ConfigSource.GROUP_CONFIG,
                key -> groupSynonyms(question, key, keys.get(key)));
    }

    /**
     * Those of {@code values} that are asked for.
     *
     * @param source what it is called when the resource, of {@code type}, sets a value itself
     * @param below where the value of a key would come from otherwise
     */
    private static List<DescribeConfigsResourceResult> entries(
            Question question,
            Map<String, ?> values,
            Map<String, ConfigKey> keys,
            ConfigResource.Type type,
            ConfigSource source,
            Function<String, List<DescribeConfigsSynonym>> below) {
        Map<String, String> own = question.overrides(type);
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        values.forEach((key, value) -> {
            if (question.asksFor(key)) {
                results.add(entry(question, key, value, keys.get(key), own.containsKey(key), source, below.apply(key)));
            }
        });
        return results;
    }

    private static List<DescribeConfigsSynonym> groupSynonyms(
            Question question, String key, @Nullable ConfigKey known) {
        boolean sensitive = isSensitive(known);
        return GroupKeys.brokerSynonym(key)
                .map(onNode -> question.layers().synonyms(onNode, sensitive))
                .orElseGet(() -> {
                    List<DescribeConfigsSynonym> byDefault = new ArrayList<>();
                    if (known != null && known.hasDefault() && known.defaultValue != null) {
                        byDefault.add(new DescribeConfigsSynonym()
                                .setName(key)
                                .setValue(sensitive ? null : ConfigDef.convertToString(known.defaultValue, known.type))
                                .setSource(ConfigSource.DEFAULT_CONFIG.id()));
                    }
                    return byDefault;
                });
    }

    /**
     * One value.
     *
     * @param overridden whether the resource itself sets it, which {@code source} is the name of
     * @param below where it would come from otherwise
     */
    private static DescribeConfigsResourceResult entry(
            Question question,
            String key,
            @Nullable Object value,
            @Nullable ConfigKey known,
            boolean overridden,
            ConfigSource source,
            List<DescribeConfigsSynonym> below) {
        boolean sensitive = isSensitive(known);
        String text = sensitive ? null : text(value, known);
        if (overridden) {
            below.add(
                    0, new DescribeConfigsSynonym().setName(key).setValue(text).setSource(source.id()));
        }
        return new DescribeConfigsResourceResult()
                .setName(key)
                .setValue(text)
                .setIsSensitive(sensitive)
                .setReadOnly(false)
                .setConfigSource(
                        below.isEmpty()
                                ? ConfigSource.DEFAULT_CONFIG.id()
                                : below.get(0).source())
                .setSynonyms(question.request().includeSynonyms() ? below : List.of())
                .setConfigType(type(known).id())
                .setDocumentation(
                        question.request().includeDocumentation() && known != null ? known.documentation : null);
    }

    private static @Nullable String text(@Nullable Object value, @Nullable ConfigKey known) {
        return value instanceof String already
                ? already
                : ConfigDef.convertToString(value, known == null ? null : known.type);
    }

    /** What nobody knows may be a secret. */
    private static boolean isSensitive(@Nullable ConfigKey known) {
        return known == null || known.type.isSensitive();
    }

    private static DescribeConfigsResponse.ConfigType type(@Nullable ConfigKey known) {
        return known == null
                ? DescribeConfigsResponse.ConfigType.UNKNOWN
                : DescribeConfigsResponse.ConfigType.valueOf(known.type.name());
    }

    private void requireThisNode(String name, String alternative) {
        ConfigChanges.requireNode(name, config.nodeId(), alternative);
    }

    private static Properties properties(Map<String, String> values) {
        var properties = new Properties();
        properties.putAll(values);
        return properties;
    }
}
