package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** {@code dwal cluster}: the nodes, and what they have. */
@Command(
        name = "cluster",
        description = "Tell which nodes there are, who leads what, and what is not as it should be.",
        footer = {"", "Example:", "  bin/dwal cluster"},
        sortOptions = false)
final class ClusterCommand extends ClientCommand {

    /** One broker, and what it has. */
    private static final class Broker {
        private final Node node;
        private int leaders;
        private int replicas;
        private int outOfSync;
        private @Nullable Long logBytes;
        private OptionalLong totalBytes = OptionalLong.empty();
        private OptionalLong usableBytes = OptionalLong.empty();

        Broker(Node node) {
            this.node = node;
        }

        void directories(Collection<LogDirDescription> directories) {
            logBytes = directories.stream()
                    .flatMap(each -> each.replicaInfos().values().stream())
                    .mapToLong(replica -> replica.size())
                    .sum();
            totalBytes =
                    smallest(directories).map(LogDirDescription::totalBytes).orElse(OptionalLong.empty());
            usableBytes =
                    smallest(directories).map(LogDirDescription::usableBytes).orElse(OptionalLong.empty());
        }

        /** The directory that will be full first. */
        private static Optional<LogDirDescription> smallest(Collection<LogDirDescription> directories) {
            return directories.stream()
                    .min(Comparator.comparingLong(each -> each.usableBytes().orElse(Long.MAX_VALUE)));
        }

        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("id", node.id());
            json.put("host", node.host());
            json.put("port", node.port());
            json.put("rack", node.rack());
            json.put("fenced", node.isFenced());
            json.put("leaders", leaders);
            json.put("replicas", replicas);
            json.put("outOfSync", outOfSync);
            json.put("logBytes", logBytes);
            json.put("diskTotalBytes", totalBytes);
            json.put("diskUsableBytes", usableBytes);
            return json;
        }
    }

    @Override
    public Integer call() {
        try (Admin admin = client.admin()) {
            DescribeClusterResult cluster =
                    admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true));
            Map<Integer, Broker> brokers = new TreeMap<>();
            for (Node node : RequestFailure.orAnswer(cluster.nodes(), "Cluster")) {
                brokers.put(node.id(), new Broker(node));
            }
            Collection<TopicDescription> topics = TopicsCommand.all(admin, true);
            topics.forEach(topic -> topic.partitions().forEach(each -> count(each, brokers)));
            askDirectories(admin, brokers);
            QuorumInfo quorum = quorum(admin);
            String id = RequestFailure.orAnswer(cluster.clusterId(), "Cluster");
            show(json(id, quorum, topics, brokers), out -> {
                out.println("cluster " + id);
                out.println("controller " + (quorum == null ? "unknown" : describe(quorum)));
                out.println(topics.size() + " topics, "
                        + topics.stream()
                                .mapToInt(each -> each.partitions().size())
                                .sum() + " partitions, "
                        + sum(topics, true) + " under-replicated, " + sum(topics, false) + " without a leader");
                var table = new Table(
                        "BROKER",
                        "ADDRESS",
                        "STATE",
                        "RACK",
                        "LEADERS",
                        "REPLICAS",
                        "OUT OF SYNC",
                        "LOGS",
                        "DISK FREE");
                brokers.values()
                        .forEach(each -> table.row(
                                each.node.id(),
                                each.node.host() + ":" + each.node.port(),
                                each.node.isFenced() ? "fenced" : "alive",
                                each.node.rack(),
                                each.leaders,
                                each.replicas,
                                each.outOfSync,
                                each.logBytes == null ? null : Sizes.text(each.logBytes),
                                free(each)));
                table.print(out);
            });
        }
        return ExitCode.OK;
    }

    private static void count(TopicPartitionInfo partition, Map<Integer, Broker> brokers) {
        for (Node node : partition.replicas()) {
            Broker broker = brokers.get(node.id());
            if (broker != null) {
                broker.replicas++;
                broker.outOfSync += partition.isr().stream().anyMatch(each -> each.id() == node.id()) ? 0 : 1;
                broker.leaders +=
                        partition.leader() != null && partition.leader().id() == node.id() ? 1 : 0;
            }
        }
    }

    private static void askDirectories(Admin admin, Map<Integer, Broker> brokers) {
        List<Integer> alive = brokers.values().stream()
                .filter(each -> !each.node.isFenced())
                .map(each -> each.node.id())
                .toList();
        admin.describeLogDirs(alive).descriptions().forEach((id, answer) -> {
            try {
                Broker broker = brokers.get(id);
                if (broker != null) {
                    broker.directories(
                            RequestFailure.orAnswer(answer, "Broker " + id).values());
                }
            } catch (RequestFailure e) {
                // Shown as unknown.
            }
        });
    }

    /** Null if nobody tells: a broker that knows no controller, or a client that may not ask. */
    private static @Nullable QuorumInfo quorum(Admin admin) {
        try {
            return RequestFailure.orAnswer(admin.describeMetadataQuorum().quorumInfo(), "Quorum");
        } catch (RequestFailure e) {
            return null;
        }
    }

    private static String describe(QuorumInfo quorum) {
        List<String> voters = new ArrayList<>();
        long end = quorum.voters().stream()
                .mapToLong(QuorumInfo.ReplicaState::logEndOffset)
                .max()
                .orElse(0);
        quorum.voters()
                .forEach(each -> voters.add(each.replicaId()
                        + (each.logEndOffset() < end ? " (" + (end - each.logEndOffset()) + " behind)" : "")));
        return quorum.leaderId() + ", epoch " + quorum.leaderEpoch() + ", voters " + String.join(", ", voters);
    }

    private static long sum(Collection<TopicDescription> topics, boolean underReplicated) {
        return topics.stream()
                .mapToLong(
                        each -> underReplicated ? TopicsCommand.underReplicated(each) : TopicsCommand.leaderless(each))
                .sum();
    }

    private static @Nullable String free(Broker broker) {
        if (broker.totalBytes.isEmpty() || broker.usableBytes.isEmpty() || broker.totalBytes.getAsLong() == 0) {
            return null;
        }
        long usable = broker.usableBytes.getAsLong();
        return Sizes.text(usable) + " (" + 100 * usable / broker.totalBytes.getAsLong() + " %)";
    }

    private static Map<String, Object> json(
            String id, @Nullable QuorumInfo quorum, Collection<TopicDescription> topics, Map<Integer, Broker> brokers) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("clusterId", id);
        json.put("controllerId", quorum == null ? null : quorum.leaderId());
        json.put("topics", topics.size());
        json.put(
                "partitions",
                topics.stream().mapToInt(each -> each.partitions().size()).sum());
        json.put("underReplicatedPartitions", sum(topics, true));
        json.put("leaderlessPartitions", sum(topics, false));
        json.put("brokers", brokers.values().stream().map(Broker::json).toList());
        if (quorum != null) {
            json.put(
                    "voters", quorum.voters().stream().map(ClusterCommand::json).toList());
        }
        return json;
    }

    private static Map<String, Object> json(QuorumInfo.ReplicaState voter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", voter.replicaId());
        json.put("logEndOffset", voter.logEndOffset());
        json.put("lastCaughtUpTimestamp", voter.lastCaughtUpTimestamp());
        return json;
    }
}
