package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.gateway.admin.ClusterAdmin;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.jspecify.annotations.Nullable;

/** Topics: listed, created, described, deleted, configured. Any thread. */
final class TopicResource implements Router.Resource {
    private static final String ONE = "/topics/{topic}";
    private static final String CONFIGS = "/topics/{topic}/configs";

    private final ClusterAdmin all;

    TopicResource(ClusterAdmin admin) {
        this.all = admin;
    }

    @Override
    public void addTo(Router router) {
        router.on("GET", "/topics", this::list)
                .on("POST", "/topics", this::create)
                .on("GET", ONE, this::describe)
                .on("DELETE", ONE, this::delete)
                .on("GET", CONFIGS, this::configs)
                .on("PATCH", CONFIGS, this::alter);
    }

    private CompletableFuture<HttpAnswer> list(Request request) throws BadRequest {
        request.query().only();
        return all.as(request.caller())
                .topics()
                .thenApply(topics -> topics.isRefused()
                        ? Problems.of(topics)
                        : HttpAnswer.json(json -> {
                            topics.get().sort(Comparator.comparing(MetadataResponseTopic::name));
                            JsonArrays.objects(json, "topics", topics.get(), TopicResource::write);
                        }));
    }

    private static void write(JsonGenerator json, MetadataResponseTopic topic) throws IOException {
        writeName(json, topic);
        json.writeNumberField("partitions", topic.partitions().size());
        json.writeNumberField(
                "replicationFactor",
                topic.partitions().stream()
                        .mapToInt(one -> one.replicaNodes().size())
                        .max()
                        .orElse(0));
        json.writeNumberField("underReplicatedPartitions", underReplicated(topic));
        json.writeNumberField("leaderlessPartitions", leaderless(topic));
    }

    static long underReplicated(MetadataResponseTopic topic) {
        return topic.partitions().stream()
                .filter(one -> one.isrNodes().size() < one.replicaNodes().size())
                .count();
    }

    static long leaderless(MetadataResponseTopic topic) {
        return topic.partitions().stream().filter(one -> one.leaderId() < 0).count();
    }

    private static void writeName(JsonGenerator json, MetadataResponseTopic topic) throws IOException {
        json.writeStringField("name", topic.name());
        json.writeStringField("id", topic.topicId().toString());
        json.writeBooleanField("internal", topic.isInternal());
    }

    // ---- create and delete

    /** What a client wants to have. */
    private static final class Wanted {
        private @Nullable String name;
        private int partitions = -1;
        private short replicationFactor = -1;
        private Map<String, @Nullable String> configs = Map.of();
    }

    private CompletableFuture<HttpAnswer> create(Request request) throws BadRequest {
        request.query().only();
        Wanted wanted = request.json(TopicResource::wanted);
        String name = wanted.name;
        if (name == null) {
            throw new BadRequest("name is missing");
        }
        Map<String, String> configs = new HashMap<>();
        wanted.configs.forEach((key, value) -> {
            if (value != null) {
                configs.put(key, value);
            }
        });
        ClusterAdmin admin = all.as(request.caller());
        return admin.createTopic(name, wanted.partitions, wanted.replicationFactor, configs)
                .thenCompose(created -> created.isRefused()
                        ? Router.done(Problems.of(created))
                        : describe(admin, created.get(), 201)
                                .thenApply(answer -> answer.with("location", "/topics/" + name)));
    }

    private static Wanted wanted(JsonIn in) throws IOException, BadRequest {
        var wanted = new Wanted();
        in.object(field -> {
            switch (field) {
                case "name" -> wanted.name = Values.wellFormed(in);
                case "partitions" -> wanted.partitions = in.isNull() ? -1 : (int) in.number(1, Integer.MAX_VALUE);
                case "replicationFactor" ->
                    wanted.replicationFactor = in.isNull() ? -1 : (short) in.number(1, Short.MAX_VALUE);
                case "configs" -> wanted.configs = in.isNull() ? Map.of() : readConfigs(in);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return wanted;
    }

    private static Map<String, @Nullable String> readConfigs(JsonIn in) throws IOException, BadRequest {
        Map<String, @Nullable String> configs = new LinkedHashMap<>();
        in.object(name -> {
            configs.put(name, in.isNull() ? null : Values.wellFormed(in));
            return true;
        });
        return configs;
    }

    private CompletableFuture<HttpAnswer> delete(Request request) throws BadRequest {
        request.query().only();
        return all.as(request.caller())
                .deleteTopic(request.path("topic"))
                .thenApply(deleted -> deleted.isRefused() ? Problems.of(deleted) : HttpAnswer.nothing());
    }

    // ---- describe

    private CompletableFuture<HttpAnswer> describe(Request request) throws BadRequest {
        request.query().only();
        ClusterAdmin admin = all.as(request.caller());
        return admin.topic(request.path("topic"))
                .thenCompose(topic ->
                        topic.isRefused() ? Router.done(Problems.of(topic)) : describe(admin, topic.get(), 200));
    }

    private static CompletableFuture<HttpAnswer> describe(ClusterAdmin admin, MetadataResponseTopic topic, int status) {
        Map<TopicPartition, Integer> leaders = new HashMap<>();
        topic.partitions()
                .forEach(one -> leaders.put(new TopicPartition(topic.name(), one.partitionIndex()), one.leaderId()));
        var starts = admin.startOffsets(leaders);
        var ends = admin.endOffsets(leaders);
        var sizes = admin.sizes(leaders);
        return CompletableFuture.allOf(starts, ends, sizes)
                .thenApply(all -> HttpAnswer.json(status, json -> {
                    writeName(json, topic);
                    topic.partitions().sort(Comparator.comparing(MetadataResponsePartition::partitionIndex));
                    JsonArrays.objects(json, "partitions", topic.partitions(), (out, one) -> {
                        var partition = new TopicPartition(topic.name(), one.partitionIndex());
                        write(out, one);
                        Nullables.write(out, "logStartOffset", starts.join().get(partition));
                        Nullables.write(out, "highWatermark", ends.join().get(partition));
                        Nullables.write(out, "sizeBytes", sizes.join().get(partition));
                    });
                }));
    }

    private static void write(JsonGenerator json, MetadataResponsePartition partition) throws IOException {
        json.writeNumberField("partition", partition.partitionIndex());
        json.writeNumberField("leader", partition.leaderId());
        json.writeNumberField("leaderEpoch", partition.leaderEpoch());
        JsonArrays.numbers(json, "replicas", partition.replicaNodes());
        JsonArrays.numbers(json, "inSyncReplicas", partition.isrNodes());
    }

    // ---- configurations

    private CompletableFuture<HttpAnswer> configs(Request request) throws BadRequest {
        request.query().only();
        return all.as(request.caller()).topicConfigs(request.path("topic")).thenApply(Configs::answer);
    }

    private CompletableFuture<HttpAnswer> alter(Request request) throws BadRequest {
        request.query().only();
        Map<String, @Nullable String> changes = request.json(TopicResource::changes);
        String topic = request.path("topic");
        return all.as(request.caller()).alterTopicConfigs(topic, changes).thenApply(Configs::answer);
    }

    private static Map<String, @Nullable String> changes(JsonIn in) throws IOException, BadRequest {
        Map<String, @Nullable String> changes = new LinkedHashMap<>();
        in.object(field -> {
            if (!field.equals("configs")) {
                return false;
            }
            changes.putAll(readConfigs(in));
            return true;
        });
        if (changes.isEmpty()) {
            throw new BadRequest("There is nothing to change: send {\"configs\": {\"NAME\": \"VALUE\"}}");
        }
        return changes;
    }
}
