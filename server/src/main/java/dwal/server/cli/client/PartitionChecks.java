package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;

/** Whether all partitions can be read and written, and have all their copies. */
record PartitionChecks(Admin admin) {
    private static final String CHECK = "partitions";
    private static final int NAMED = 3;

    List<Finding> look() {
        Collection<TopicDescription> topics = TopicsCommand.all(admin, true);
        List<Finding> findings = new ArrayList<>();
        List<String> leaderless = new ArrayList<>();
        List<String> few = new ArrayList<>();
        List<String> behind = new ArrayList<>();
        var absent = new TreeSet<Integer>();
        var lagging = new TreeSet<Integer>();
        for (TopicDescription topic : topics) {
            int least = TopicsCommand.underReplicated(topic) == 0 ? 0 : leastInSync(topic.name());
            for (TopicPartitionInfo each : topic.partitions()) {
                String name = topic.name() + "-" + each.partition();
                if (TopicsCommand.isLeaderless(each)) {
                    leaderless.add(name);
                    absent.addAll(missing(each));
                } else if (each.isr().size() < each.replicas().size()) {
                    (each.isr().size() < least ? few : behind).add(name);
                    lagging.addAll(missing(each));
                }
            }
        }
        if (!leaderless.isEmpty()) {
            findings.add(Finding.problem(
                    CHECK,
                    "Nobody leads " + some(leaderless) + ", so it can be neither read nor written.",
                    "start broker " + ids(absent) + ", which " + (absent.size() == 1 ? "has" : "have")
                            + " the records"));
        }
        new UnservedPartitions(admin)
                .byLeader(topics)
                .forEach(
                        (leader, unserved) -> findings.add(
                                Finding.problem(
                                        CHECK,
                                        "Broker " + leader + " leads " + some(unserved)
                                                + ", and does not serve it, so it can be neither read nor written.",
                                        "see the log of broker " + leader
                                                + ", which says why it is offline or stopped there; a fault is over with the next start")));
        if (!few.isEmpty()) {
            findings.add(Finding.problem(
                    CHECK,
                    "Fewer than min.insync.replicas have all of " + some(few) + ", so that acks=all is refused.",
                    "start broker " + ids(lagging)
                            + " or see why it is behind; lowering min.insync.replicas gives up safety"));
        }
        if (!behind.isEmpty()) {
            findings.add(Finding.warning(
                    CHECK,
                    "Not all copies are in sync of " + some(behind) + ".",
                    "start broker " + ids(lagging) + ", or see in its log why it is behind (replica.lag.time.max.ms)"));
        }
        if (findings.isEmpty()) {
            int count =
                    topics.stream().mapToInt(each -> each.partitions().size()).sum();
            findings.add(Finding.ok(
                    CHECK,
                    "All " + count + " partitions of " + topics.size()
                            + " topics have a leader and all their copies."));
        }
        return findings;
    }

    private int leastInSync(String topic) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Map<ConfigResource, Config> answer =
                RequestFailure.orAnswer(admin.describeConfigs(List.of(resource)).all(), "Topic " + topic);
        ConfigEntry entry = answer.getOrDefault(resource, new Config(List.of())).get("min.insync.replicas");
        return entry == null || entry.value() == null ? 1 : Integer.parseInt(entry.value());
    }

    private static List<Integer> missing(TopicPartitionInfo partition) {
        List<Integer> missing =
                new ArrayList<>(partition.replicas().stream().map(Node::id).toList());
        if (!TopicsCommand.isLeaderless(partition)) {
            partition.isr().forEach(node -> missing.remove((Integer) node.id()));
        }
        return missing;
    }

    /** The first few of {@code names}. */
    static String some(List<String> names) {
        String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() <= NAMED ? first : first + " and " + (names.size() - NAMED) + " others";
    }

    private static String ids(Collection<Integer> brokers) {
        return brokers.stream().map(String::valueOf).collect(Collectors.joining(" or "));
    }
}
