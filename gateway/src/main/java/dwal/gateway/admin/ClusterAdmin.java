package dwal.gateway.admin;

import dwal.gateway.log.Answer;
import dwal.gateway.log.Caller;
import dwal.gateway.log.KafkaRequests;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * Topics, their configurations and brokers, asked for as Kafka's Admin client does. Any thread; nothing blocks, and no returned
 * future fails.
 */
public final class ClusterAdmin implements AutoCloseable {
    private static final long RETRY_MS = 50;
    /** How often, {@value #RETRY_MS} ms apart, it is looked whether this node has heard of a change. */
    private static final int LOOKS = 100;

    private final KafkaRequests line;
    private final int timeoutMs;
    private final Doors.Inside node;

    /** As {@code node} reaches the cluster. */
    public ClusterAdmin(Doors.Inside node, DoorSettings settings) {
        this.node = node;
        this.line = new KafkaRequests(node);
        this.timeoutMs = settings.requestTimeoutMs();
    }

    private ClusterAdmin(ClusterAdmin all, KafkaRequests line) {
        this.node = all.node;
        this.line = line;
        this.timeoutMs = all.timeoutMs;
    }

    /** The same cluster as {@code caller} may see and change it. */
    public ClusterAdmin as(Caller caller) {
        return new ClusterAdmin(this, line.as(caller));
    }

    /** Why the caller may not look at the cluster as a whole; null if he may. */
    public @Nullable Answer<Void> whyNotDescribed() {
        return line.whyNot(
                ApiKeys.DESCRIBE_CLUSTER, AclOperation.DESCRIBE, ResourceType.CLUSTER, Resource.CLUSTER_NAME);
    }

    KafkaRequests line() {
        return line;
    }

    int timeoutMs() {
        return timeoutMs;
    }

    Doors.Inside node() {
        return node;
    }

    // ---- topics

    /** All topics, as this node knows them. */
    public CompletableFuture<Answer<List<MetadataResponseTopic>>> topics() {
        return metadata(null);
    }

    /** One topic. */
    public CompletableFuture<Answer<MetadataResponseTopic>> topic(String name) {
        Answer<MetadataResponseTopic> denied =
                line.whyNot(ApiKeys.METADATA, AclOperation.DESCRIBE, ResourceType.TOPIC, name);
        if (denied != null) {
            return CompletableFuture.completedFuture(denied);
        }
        return metadata(List.of(name)).thenApply(told -> {
            if (told.isRefused()) {
                return told.refusedToo();
            }
            MetadataResponseTopic topic = told.get().get(0);
            Errors error = Errors.forCode(topic.errorCode());
            return switch (error) {
                case NONE, LEADER_NOT_AVAILABLE -> Answer.of(topic);
                case UNKNOWN_TOPIC_OR_PARTITION -> Answer.refused(error, "There is no topic " + name);
                default -> Answer.refused(error, null);
            };
        });
    }

    private CompletableFuture<Answer<List<MetadataResponseTopic>>> metadata(@Nullable List<String> names) {
        var request = new MetadataRequestData()
                .setAllowAutoTopicCreation(false)
                .setTopics(
                        names == null
                                ? null
                                : names.stream()
                                        .map(name -> new MetadataRequestTopic().setName(name))
                                        .toList());
        return line.<MetadataResponseData, List<MetadataResponseTopic>>askHere(
                ApiKeys.METADATA, request, answer -> Answer.of(new ArrayList<>(answer.topics())));
    }

    /**
     * Creates a topic, and waits a while until this node knows it and all its leaders.
     *
     * @param partitions how many; -1 for the cluster's default
     * @param replicationFactor the same
     */
    public CompletableFuture<Answer<MetadataResponseTopic>> createTopic(
            String name, int partitions, short replicationFactor, Map<String, String> configs) {
        var topic =
                new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor(replicationFactor);
        configs.forEach((key, value) ->
                topic.configs().add(new CreatableTopicConfig().setName(key).setValue(value)));
        var topics = new CreatableTopicCollection();
        topics.add(topic);
        var request = new CreateTopicsRequestData().setTopics(topics).setTimeoutMs(timeoutMs);
        return line.<CreateTopicsResponseData, Boolean>askHere(ApiKeys.CREATE_TOPICS, request, answer -> {
                    var told = answer.topics().iterator().next();
                    return verdict(told.errorCode(), told.errorMessage(), answer.throttleTimeMs());
                })
                .thenCompose(created -> created.isRefused()
                        ? CompletableFuture.completedFuture(created.refusedToo())
                        : awaitTopic(name, LOOKS, ClusterAdmin::isLed));
    }

    private static boolean isLed(Answer<MetadataResponseTopic> topic) {
        return !topic.isRefused() && topic.get().partitions().stream().allMatch(partition -> partition.leaderId() >= 0);
    }

    private CompletableFuture<Answer<MetadataResponseTopic>> awaitTopic(
            String name, int looks, Function<Answer<MetadataResponseTopic>, Boolean> enough) {
        return topic(name)
                .thenCompose(topic -> enough.apply(topic) || looks <= 1
                        ? CompletableFuture.completedFuture(topic)
                        : line.pause(RETRY_MS).thenCompose(over -> awaitTopic(name, looks - 1, enough)));
    }

    /** Deletes a topic, and waits a while until this node does not know it any more. */
    public CompletableFuture<Answer<Boolean>> deleteTopic(String name) {
        var request = new DeleteTopicsRequestData()
                .setTopics(List.of(new DeleteTopicState().setName(name)))
                .setTimeoutMs(timeoutMs);
        return line.<DeleteTopicsResponseData, Boolean>askHere(ApiKeys.DELETE_TOPICS, request, answer -> {
                    var told = answer.responses().iterator().next();
                    return told.errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()
                            ? Answer.refused(Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic " + name)
                            : verdict(told.errorCode(), told.errorMessage(), answer.throttleTimeMs());
                })
                .thenCompose(deleted -> deleted.isRefused()
                        ? CompletableFuture.completedFuture(deleted)
                        : awaitTopic(name, LOOKS, Answer::isRefused).thenApply(gone -> deleted));
    }

    private static Answer<Boolean> verdict(short code, @Nullable String message, int throttleMs) {
        Errors error = Errors.forCode(code);
        if (error == Errors.THROTTLING_QUOTA_EXCEEDED) {
            return Answer.throttled("The quota controller_mutation_rate is used up", throttleMs);
        }
        return error == Errors.NONE ? Answer.of(Boolean.TRUE) : Answer.refused(error, message);
    }

    // ---- what leaders know

    /** An offset of each partition, by {@code leaders}; those of leaders that do not answer are missing. */
    public CompletableFuture<Map<TopicPartition, Long>> offsets(Map<TopicPartition, Integer> leaders, long timestamp) {
        return perLeader(leaders, (leader, partitions) -> offsets(leader, partitions, timestamp));
    }

    /** The first offset of each partition. */
    public CompletableFuture<Map<TopicPartition, Long>> startOffsets(Map<TopicPartition, Integer> leaders) {
        return offsets(leaders, ListOffsetsRequest.EARLIEST_TIMESTAMP);
    }

    /** The high watermark of each partition. */
    public CompletableFuture<Map<TopicPartition, Long>> endOffsets(Map<TopicPartition, Integer> leaders) {
        return offsets(leaders, ListOffsetsRequest.LATEST_TIMESTAMP);
    }

    /** How many bytes each partition takes on its leader. */
    public CompletableFuture<Map<TopicPartition, Long>> sizes(Map<TopicPartition, Integer> leaders) {
        return perLeader(
                leaders,
                (leader, partitions) ->
                        logDirs(leader, partitions).thenApply(dirs -> dirs.isRefused() ? Map.of() : sizes(dirs.get())));
    }

    private static Map<TopicPartition, Long> sizes(List<DescribeLogDirsResult> dirs) {
        Map<TopicPartition, Long> sizes = new HashMap<>();
        dirs.forEach(dir -> dir.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> sizes.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()),
                                partition.partitionSize()))));
        return sizes;
    }

    /** Asks one leader. */
    @FunctionalInterface
    private interface OfLeader {
        CompletableFuture<Map<TopicPartition, Long>> ask(int leader, List<TopicPartition> partitions);
    }

    private static CompletableFuture<Map<TopicPartition, Long>> perLeader(
            Map<TopicPartition, Integer> leaders, OfLeader each) {
        Map<Integer, List<TopicPartition>> byLeader = leaders.entrySet().stream()
                .filter(entry -> entry.getValue() >= 0)
                .collect(Collectors.groupingBy(
                        Map.Entry::getValue, Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        CompletableFuture<Map<TopicPartition, Long>> all = CompletableFuture.completedFuture(new HashMap<>());
        List<CompletableFuture<Map<TopicPartition, Long>>> asked = new ArrayList<>();
        byLeader.forEach((leader, partitions) -> asked.add(each.ask(leader, partitions)));
        for (var answer : asked) {
            all = all.thenCombine(answer, (found, more) -> {
                found.putAll(more);
                return found;
            });
        }
        return all;
    }

    private CompletableFuture<Map<TopicPartition, Long>> offsets(
            int leader, List<TopicPartition> partitions, long timestamp) {
        Map<String, ListOffsetsTopic> topics = new HashMap<>();
        for (TopicPartition each : partitions) {
            topics.computeIfAbsent(each.topic(), name -> new ListOffsetsTopic().setName(name))
                    .partitions()
                    .add(new ListOffsetsPartition()
                            .setPartitionIndex(each.partition())
                            .setTimestamp(timestamp));
        }
        var request = new ListOffsetsRequestData()
                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                .setTopics(new ArrayList<>(topics.values()));
        return line.<ListOffsetsResponseData, Map<TopicPartition, Long>>ask(
                        leader, ApiKeys.LIST_OFFSETS, request, timeoutMs, answer -> Answer.of(offsets(answer)))
                .thenApply(found -> found.isRefused() ? Map.of() : found.get());
    }

    private static Map<TopicPartition, Long> offsets(ListOffsetsResponseData answer) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        answer.topics()
                .forEach(topic -> topic.partitions().stream()
                        .filter(partition -> partition.errorCode() == Errors.NONE.code())
                        .forEach(partition -> offsets.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()), partition.offset())));
        return offsets;
    }

    // ---- brokers

    /** The active controller, which brokers do not tell clients of Kafka: those ask any broker; -1 where it is not known. */
    public CompletableFuture<Integer> controller() {
        var request = new DescribeQuorumRequestData()
                .setTopics(List.of(new DescribeQuorumRequestData.TopicData()
                        .setTopicName(Topic.CLUSTER_METADATA_TOPIC_NAME)
                        .setPartitions(List.of(new DescribeQuorumRequestData.PartitionData().setPartitionIndex(0)))));
        return line.<DescribeQuorumResponseData, Integer>askHere(
                        ApiKeys.DESCRIBE_QUORUM,
                        request,
                        answer -> Answer.of(
                                answer.errorCode() == Errors.NONE.code()
                                        ? answer.topics()
                                                .get(0)
                                                .partitions()
                                                .get(0)
                                                .leaderId()
                                        : -1))
                .thenApply(told -> told.isRefused() ? -1 : told.get());
    }

    /** The cluster, with brokers that are fenced. */
    public CompletableFuture<Answer<DescribeClusterResponseData>> cluster() {
        var request = new DescribeClusterRequestData().setIncludeFencedBrokers(true);
        return line.<DescribeClusterResponseData, DescribeClusterResponseData>askHere(
                ApiKeys.DESCRIBE_CLUSTER, request, answer -> {
                    Errors error = Errors.forCode(answer.errorCode());
                    return error == Errors.NONE ? Answer.of(answer) : Answer.refused(error, answer.errorMessage());
                });
    }

    /** The disks of a broker, with all partitions on them. */
    public CompletableFuture<Answer<List<DescribeLogDirsResult>>> logDirs(int broker) {
        return logDirs(broker, null);
    }

    private CompletableFuture<Answer<List<DescribeLogDirsResult>>> logDirs(
            int broker, @Nullable List<TopicPartition> partitions) {
        var request = new DescribeLogDirsRequestData().setTopics(null);
        if (partitions != null) {
            request.setTopics(new DescribeLogDirsRequestData.DescribableLogDirTopicCollection());
            partitions.stream()
                    .collect(Collectors.groupingBy(
                            TopicPartition::topic, Collectors.mapping(TopicPartition::partition, Collectors.toList())))
                    .forEach((topic, indexes) -> request.topics()
                            .add(new DescribableLogDirTopic().setTopic(topic).setPartitions(indexes)));
        }
        return line.<DescribeLogDirsResponseData, List<DescribeLogDirsResult>>ask(
                broker, ApiKeys.DESCRIBE_LOG_DIRS, request, timeoutMs, answer -> Answer.of(answer.results()));
    }

    // ---- configurations

    /** The configuration of a topic. */
    public CompletableFuture<Answer<List<DescribeConfigsResourceResult>>> topicConfigs(String topic) {
        return configs(node.nodeId(), ConfigResource.Type.TOPIC, topic);
    }

    /** The configuration of a broker, as it says itself. */
    public CompletableFuture<Answer<List<DescribeConfigsResourceResult>>> brokerConfigs(int broker) {
        return configs(broker, ConfigResource.Type.BROKER, Integer.toString(broker));
    }

    private CompletableFuture<Answer<List<DescribeConfigsResourceResult>>> configs(
            int broker, ConfigResource.Type type, String name) {
        var request = new DescribeConfigsRequestData()
                .setIncludeDocumentation(true)
                .setIncludeSynonyms(true)
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(name)
                        .setConfigurationKeys(null)));
        return line.<DescribeConfigsResponseData, List<DescribeConfigsResourceResult>>ask(
                broker, ApiKeys.DESCRIBE_CONFIGS, request, timeoutMs, answer -> {
                    var told = answer.results().get(0);
                    Errors error = Errors.forCode(told.errorCode());
                    return error == Errors.NONE
                            ? Answer.of(told.configs())
                            : Answer.refused(error, told.errorMessage());
                });
    }

    /**
     * Sets configurations of a topic, and waits a while until this node knows it; a null takes one back to its default.
     *
     * @return the configuration after that
     */
    public CompletableFuture<Answer<List<DescribeConfigsResourceResult>>> alterTopicConfigs(
            String topic, Map<String, @Nullable String> configs) {
        return alter(topic, configs)
                .thenCompose(altered -> altered.isRefused()
                        ? CompletableFuture.completedFuture(altered.refusedToo())
                        : awaitConfigs(topic, configs, LOOKS));
    }

    private CompletableFuture<Answer<List<DescribeConfigsResourceResult>>> awaitConfigs(
            String topic, Map<String, @Nullable String> configs, int looks) {
        return topicConfigs(topic)
                .thenCompose(told -> told.isRefused() || looks <= 1 || isSeen(configs, told.get())
                        ? CompletableFuture.completedFuture(told)
                        : line.pause(RETRY_MS).thenCompose(over -> awaitConfigs(topic, configs, looks - 1)));
    }

    private static boolean isSeen(Map<String, @Nullable String> configs, List<DescribeConfigsResourceResult> told) {
        return told.stream().filter(one -> configs.containsKey(one.name())).allMatch(one -> {
            String wanted = configs.get(one.name());
            boolean own = one.configSource() == ConfigSource.TOPIC_CONFIG.id();
            return wanted == null ? !own : own && wanted.strip().equals(one.value());
        });
    }

    private CompletableFuture<Answer<Boolean>> alter(String topic, Map<String, @Nullable String> configs) {
        var resource = new AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic);
        configs.forEach((name, value) -> resource.configs()
                .add(new AlterableConfig()
                        .setName(name)
                        .setValue(value)
                        .setConfigOperation((value == null ? OpType.DELETE : OpType.SET).id())));
        var resources = new AlterConfigsResourceCollection();
        resources.add(resource);
        return line.<IncrementalAlterConfigsResponseData, Boolean>askHere(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                new IncrementalAlterConfigsRequestData().setResources(resources),
                answer -> {
                    var told = answer.responses().get(0);
                    return verdict(told.errorCode(), told.errorMessage(), answer.throttleTimeMs());
                });
    }

    @Override
    public void close() {
        line.close();
    }
}
