package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/** {@code dwal topics describe}: all about some topics. */
@Command(
        name = "describe",
        description = "Tell who leads the partitions of topics, what is in them, and how they are configured.",
        footer = {"", "Example:", "  bin/dwal topics describe orders"},
        sortOptions = false)
final class TopicDescribeCommand extends ClientCommand {

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "The names of the topics.")
    private List<String> names = new ArrayList<>();

    /** One partition; sizes and offsets are null where its leader does not tell. */
    private record Part(
            TopicPartitionInfo info,
            @Nullable Long logStartOffset,
            @Nullable Long highWatermark,
            @Nullable Long sizeBytes) {

        int leader() {
            return TopicsCommand.isLeaderless(info) ? -1 : info.leader().id();
        }

        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("partition", info.partition());
            json.put("leader", leader());
            json.put("replicas", ids(info.replicas()));
            json.put("inSyncReplicas", ids(info.isr()));
            json.put("logStartOffset", logStartOffset);
            json.put("highWatermark", highWatermark);
            json.put("sizeBytes", sizeBytes);
            return json;
        }

        static List<Integer> ids(List<Node> nodes) {
            return nodes.stream().map(Node::id).toList();
        }
    }

    private record Topic(TopicDescription description, List<Part> partitions, Map<String, String> configs) {
        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", description.name());
            json.put("id", description.topicId());
            json.put("internal", description.isInternal());
            json.put("partitions", partitions.stream().map(Part::json).toList());
            json.put("configs", configs);
            return json;
        }
    }

    @Override
    public Integer call() {
        List<Topic> topics = new ArrayList<>();
        try (Admin admin = client.admin()) {
            for (String name : names) {
                topics.add(describe(admin, name));
            }
        }
        show(
                Map.of("topics", topics.stream().map(Topic::json).toList()),
                out -> topics.forEach(topic -> {
                    out.println(topic.description.name() + "  id " + topic.description.topicId());
                    var table = new Table("PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END", "SIZE");
                    topic.partitions.forEach(each -> table.row(
                            each.info.partition(),
                            each.leader() < 0 ? "none" : each.leader(),
                            Part.ids(each.info.replicas()),
                            Part.ids(each.info.isr()),
                            each.logStartOffset,
                            each.highWatermark,
                            each.sizeBytes == null ? null : Sizes.text(each.sizeBytes)));
                    table.print(out);
                    topic.configs.forEach((key, value) -> out.println("  " + key + "=" + value));
                }));
        return ExitCode.OK;
    }

    private static Topic describe(Admin admin, String name) {
        TopicDescription description = RequestFailure.orAnswer(
                admin.describeTopics(List.of(name)).topicNameValues().get(name), "Topic " + name);
        Map<TopicPartition, OffsetSpec> earliest = new LinkedHashMap<>();
        Map<TopicPartition, OffsetSpec> latest = new LinkedHashMap<>();
        for (TopicPartitionInfo each : description.partitions()) {
            if (!TopicsCommand.isLeaderless(each)) {
                earliest.put(new TopicPartition(name, each.partition()), OffsetSpec.earliest());
                latest.put(new TopicPartition(name, each.partition()), OffsetSpec.latest());
            }
        }
        var starts = admin.listOffsets(earliest);
        var ends = admin.listOffsets(latest);
        Map<TopicPartition, Long> sizes = sizes(admin, description);
        List<Part> partitions = new ArrayList<>();
        for (TopicPartitionInfo each : description.partitions()) {
            var id = new TopicPartition(name, each.partition());
            boolean told = earliest.containsKey(id);
            partitions.add(new Part(
                    each,
                    told ? orNull(starts.partitionResult(id).thenApply(found -> found.offset())) : null,
                    told ? orNull(ends.partitionResult(id).thenApply(found -> found.offset())) : null,
                    sizes.get(id)));
        }
        return new Topic(description, partitions, changedConfigs(admin, name));
    }

    /** What leaders say about the sizes of the logs. */
    private static Map<TopicPartition, Long> sizes(Admin admin, TopicDescription topic) {
        Map<Integer, Set<TopicPartition>> byLeader = new LinkedHashMap<>();
        for (TopicPartitionInfo each : topic.partitions()) {
            if (!TopicsCommand.isLeaderless(each)) {
                byLeader.computeIfAbsent(each.leader().id(), leader -> new HashSet<>())
                        .add(new TopicPartition(topic.name(), each.partition()));
            }
        }
        Map<TopicPartition, Long> sizes = new HashMap<>();
        admin.describeLogDirs(byLeader.keySet()).descriptions().forEach((leader, answer) -> {
            Map<String, LogDirDescription> directories = orNull(answer);
            if (directories != null) {
                directories
                        .values()
                        .forEach(directory -> directory.replicaInfos().forEach((id, replica) -> {
                            if (byLeader.getOrDefault(leader, Set.of()).contains(id) && !replica.isFuture()) {
                                sizes.put(id, replica.size());
                            }
                        }));
            }
        });
        return sizes;
    }

    private static Map<String, String> changedConfigs(Admin admin, String name) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        Map<String, String> changed = new TreeMap<>();
        var configs =
                RequestFailure.orAnswer(admin.describeConfigs(List.of(resource)).all(), "Topic " + name);
        for (ConfigEntry entry :
                configs.getOrDefault(resource, new Config(List.of())).entries()) {
            if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
                changed.put(entry.name(), entry.isSensitive() ? "(hidden)" : String.valueOf(entry.value()));
            }
        }
        return changed;
    }

    private static <T> @Nullable T orNull(KafkaFuture<T> answer) {
        try {
            return RequestFailure.orAnswer(answer, "");
        } catch (KafkaException e) {
            return null;
        }
    }
}
