package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.gateway.admin.ClusterAdmin;
import dwal.server.Doors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.jspecify.annotations.Nullable;

/** The cluster, with what its brokers carry, and the brokers' configurations. Any thread. */
final class ClusterResource implements Router.Resource {
    private final ClusterAdmin all;
    private final int nodeId;
    private final String version;

    /** @param nodeId who answers */
    ClusterResource(ClusterAdmin admin, int nodeId) {
        this.all = admin;
        this.nodeId = nodeId;
        this.version = version();
    }

    /** As {@code dwal version} has it. */
    private static String version() {
        try (InputStream in = Doors.class.getResourceAsStream("cli/version.properties")) {
            var properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("dwal", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void addTo(Router router) {
        router.on("GET", "/cluster", this::cluster).on("GET", "/brokers/{broker}/configs", this::configs);
    }

    private CompletableFuture<HttpAnswer> cluster(Request request) throws BadRequest {
        request.query().only();
        ClusterAdmin admin = all.as(request.caller());
        return admin.cluster()
                .thenCompose(cluster -> cluster.isRefused()
                        ? Router.done(Problems.of(cluster))
                        : admin.topics()
                                .thenCompose(topics -> topics.isRefused()
                                        ? Router.done(Problems.of(topics))
                                        : disks(admin, cluster.get())
                                                .thenCombine(
                                                        admin.controller(),
                                                        (disks, controller) -> answer(
                                                                cluster.get(), controller, topics.get(), disks))));
    }

    /** Of each broker that answers. */
    private static CompletableFuture<Map<Integer, List<DescribeLogDirsResult>>> disks(
            ClusterAdmin admin, DescribeClusterResponseData cluster) {
        CompletableFuture<Map<Integer, List<DescribeLogDirsResult>>> all =
                CompletableFuture.completedFuture(new HashMap<>());
        for (DescribeClusterBroker broker : cluster.brokers()) {
            if (!broker.isFenced()) {
                all = all.thenCombine(admin.logDirs(broker.brokerId()), (found, dirs) -> {
                    if (!dirs.isRefused()) {
                        found.put(broker.brokerId(), dirs.get());
                    }
                    return found;
                });
            }
        }
        return all;
    }

    private HttpAnswer answer(
            DescribeClusterResponseData cluster,
            int controller,
            List<MetadataResponseTopic> topics,
            Map<Integer, List<DescribeLogDirsResult>> disks) {
        Map<Integer, Integer> leaders = new HashMap<>();
        Map<Integer, Integer> replicas = new HashMap<>();
        topics.forEach(topic -> topic.partitions().forEach(partition -> {
            leaders.merge(partition.leaderId(), 1, Integer::sum);
            partition.replicaNodes().forEach(id -> replicas.merge(id, 1, Integer::sum));
        }));
        return HttpAnswer.json(json -> {
            json.writeStringField("clusterId", cluster.clusterId());
            json.writeNumberField("controllerId", controller);
            json.writeNumberField("nodeId", nodeId);
            json.writeStringField("version", version);
            json.writeNumberField("topics", topics.size());
            json.writeNumberField(
                    "partitions",
                    topics.stream().mapToInt(topic -> topic.partitions().size()).sum());
            json.writeNumberField(
                    "underReplicatedPartitions",
                    topics.stream().mapToLong(TopicResource::underReplicated).sum());
            json.writeNumberField(
                    "leaderlessPartitions",
                    topics.stream().mapToLong(TopicResource::leaderless).sum());
            JsonArrays.objects(json, "brokers", cluster.brokers(), (out, broker) -> {
                write(out, broker);
                out.writeNumberField("leaders", leaders.getOrDefault(broker.brokerId(), 0));
                out.writeNumberField("replicas", replicas.getOrDefault(broker.brokerId(), 0));
                write(out, disks.get(broker.brokerId()));
            });
        });
    }

    private static void write(JsonGenerator json, DescribeClusterBroker broker) throws IOException {
        json.writeNumberField("id", broker.brokerId());
        json.writeStringField("host", broker.host());
        json.writeNumberField("port", broker.port());
        json.writeStringField("rack", broker.rack());
        json.writeBooleanField("fenced", broker.isFenced());
    }

    private static void write(JsonGenerator json, @Nullable List<DescribeLogDirsResult> dirs) throws IOException {
        if (dirs == null || dirs.isEmpty()) {
            json.writeNullField("logBytes");
            json.writeNullField("diskTotalBytes");
            json.writeNullField("diskUsableBytes");
            return;
        }
        json.writeNumberField("logBytes", logBytes(dirs));
        json.writeNumberField(
                "diskTotalBytes",
                dirs.stream().mapToLong(DescribeLogDirsResult::totalBytes).sum());
        json.writeNumberField(
                "diskUsableBytes",
                dirs.stream().mapToLong(DescribeLogDirsResult::usableBytes).sum());
    }

    private static long logBytes(List<DescribeLogDirsResult> dirs) {
        return dirs.stream()
                .flatMap(dir -> dir.topics().stream())
                .flatMap(topic -> topic.partitions().stream())
                .mapToLong(partition -> partition.partitionSize())
                .sum();
    }

    private CompletableFuture<HttpAnswer> configs(Request request) throws BadRequest {
        request.query().only();
        String id = request.path("broker");
        if (!id.matches("[0-9]{1,9}")) {
            throw new BadRequest("Brokers have numbers; this is none");
        }
        int broker = Integer.parseInt(id);
        ClusterAdmin admin = all.as(request.caller());
        return admin.cluster().thenCompose(cluster -> {
            if (cluster.isRefused()) {
                return Router.done(Problems.of(cluster));
            }
            return cluster.get().brokers().find(broker) == null
                    ? Router.done(HttpAnswer.problem(404, "Not found", "There is no broker " + broker))
                    : admin.brokerConfigs(broker).thenApply(Configs::answer);
        });
    }
}
