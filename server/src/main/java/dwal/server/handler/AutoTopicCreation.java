package dwal.server.handler;

import dwal.environment.Clock;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.config.BrokerConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfigCollection;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.server.config.ReplicationConfigs;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.server.config.ServerLogConfigs;
import org.apache.kafka.server.record.BrokerCompressionType;
import org.jspecify.annotations.Nullable;

/**
 * Creates topics that somebody asks for and nobody has created: those of clients with the broker's defaults, and {@code
 * __consumer_offsets} as its coordinator needs it. Each is under way once at a time, however many ask. Any thread; never
 * blocks.
 */
final class AutoTopicCreation {
    /** How long an answer waits for a topic; then the client is told to ask again. */
    private static final long PATIENCE_MS = 1_000;

    /** Topics of coordinators that are not there yet: made by the broker's defaults, they would be useless to them. */
    private static final Set<String> NOT_YET =
            Set.of(Topic.TRANSACTION_STATE_TOPIC_NAME, Topic.SHARE_GROUP_STATE_TOPIC_NAME);

    private final ClusterMetadata metadata;
    private final BrokerConfig config;
    private final Forwarding forwarding;
    private final UncreatedTopics uncreated;
    private final Map<String, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();

    /** @param clock bounds how often the log tells of topics that could not be created */
    AutoTopicCreation(ClusterMetadata metadata, BrokerConfig config, Forwarding forwarding, Clock clock) {
        this.metadata = metadata;
        this.config = config;
        this.forwarding = forwarding;
        this.uncreated = new UncreatedTopics(clock);
    }

    /** Whether clients may have topics created by asking for them. */
    boolean isEnabled() {
        return config.getBoolean(ServerLogConfigs.AUTO_CREATE_TOPICS_ENABLE_CONFIG);
    }

    /** Begins to create {@code __consumer_offsets}, unless that is under way. */
    void createOffsetsTopic() {
        var unused = create(UncreatedTopics.THIS_NODE, Set.of(Topic.GROUP_METADATA_TOPIC_NAME), metadata::createTopics);
    }

    /**
     * Creates those of {@code names} that are valid.
     *
     * @return completes when they are in the image, or cannot be created, or it takes long; never fails
     */
    CompletableFuture<?> create(Collection<String> names, RequestContext context) {
        // The controller judges by the version of CreateTopics what may be left open, and by the client who may create.
        var creation = new RequestContext(
                ApiKeys.CREATE_TOPICS,
                ApiKeys.CREATE_TOPICS.latestVersion(),
                context.correlationId(),
                context.clientId(),
                context.connection());
        return create(UncreatedTopics.asker(context), names, request -> forwarding.ask(creation, request));
    }

    private CompletableFuture<?> create(
            String asker,
            Collection<String> names,
            Function<CreateTopicsRequestData, CompletableFuture<CreateTopicsResponseData>> controller) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        var created = new CompletableFuture<Void>();
        var request =
                new CreateTopicsRequestData().setTimeoutMs(config.getInt(ServerConfigs.REQUEST_TIMEOUT_MS_CONFIG));
        for (String name : names) {
            if (!TopicNames.isValid(name) || NOT_YET.contains(name)) {
                continue;
            }
            CompletableFuture<?> earlier = underWay.putIfAbsent(name, created);
            if (earlier == null) {
                request.topics().add(describe(name));
            }
            all.add(earlier == null ? created : earlier);
        }
        if (!request.topics().isEmpty()) {
            send(asker, request, controller, created);
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    private void send(
            String asker,
            CreateTopicsRequestData request,
            Function<CreateTopicsRequestData, CompletableFuture<CreateTopicsResponseData>> controller,
            CompletableFuture<Void> created) {
        Set<String> names = new HashSet<>();
        request.topics().forEach(topic -> names.add(topic.name()));
        var unused = controller
                .apply(request)
                .thenCompose(answer -> Visibility.created(metadata, answer))
                .whenComplete((answer, failure) -> {
                    names.forEach(underWay::remove);
                    report(asker, names, answer, failure);
                    created.complete(null);
                });
    }

    private void report(
            String asker, Set<String> names, @Nullable CreateTopicsResponseData answer, @Nullable Throwable failure) {
        if (answer != null) {
            answer.topics().forEach(topic -> uncreated.note(asker, topic));
        } else if (failure != null) {
            uncreated.noteFailure(asker, names, failure);
        }
    }

    private CreatableTopic describe(String name) {
        if (name.equals(Topic.GROUP_METADATA_TOPIC_NAME)) {
            return new CreatableTopic()
                    .setName(name)
                    .setNumPartitions(config.getInt(GroupCoordinatorConfig.OFFSETS_TOPIC_PARTITIONS_CONFIG))
                    .setReplicationFactor(
                            config.getShort(GroupCoordinatorConfig.OFFSETS_TOPIC_REPLICATION_FACTOR_CONFIG))
                    .setConfigs(offsetsTopicConfigs());
        }
        // What nobody has set is left to the controller, which may know better.
        return new CreatableTopic()
                .setName(name)
                .setNumPartitions(
                        config.isSet(ServerLogConfigs.NUM_PARTITIONS_CONFIG)
                                ? config.getInt(ServerLogConfigs.NUM_PARTITIONS_CONFIG)
                                : CreateTopicsRequest.NO_NUM_PARTITIONS)
                .setReplicationFactor(
                        config.isSet(ReplicationConfigs.DEFAULT_REPLICATION_FACTOR_CONFIG)
                                ? config.getInt(ReplicationConfigs.DEFAULT_REPLICATION_FACTOR_CONFIG)
                                        .shortValue()
                                : CreateTopicsRequest.NO_REPLICATION_FACTOR);
    }

    private CreatableTopicConfigCollection offsetsTopicConfigs() {
        var configs = new CreatableTopicConfigCollection();
        Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        TopicConfig.COMPRESSION_TYPE_CONFIG,
                        BrokerCompressionType.PRODUCER.name,
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        String.valueOf(config.getInt(GroupCoordinatorConfig.OFFSETS_TOPIC_SEGMENT_BYTES_CONFIG)))
                .forEach((key, value) ->
                        configs.add(new CreatableTopicConfig().setName(key).setValue(value)));
        return configs;
    }
}
