package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dwal topics}: the topics of a cluster. */
@Command(
        name = "topics",
        description = "List, create, describe, delete and alter topics.",
        subcommands = {
            TopicsCommand.ListThem.class,
            TopicsCommand.Create.class,
            TopicDescribeCommand.class,
            TopicsCommand.Delete.class,
            TopicsCommand.Alter.class
        },
        footer = {"", "Example:", "  bin/dwal topics describe orders"},
        synopsisSubcommandLabel = "COMMAND")
final class TopicsCommand extends CommandGroup {

    /** The partitions of {@code topic} whose in-sync replicas are not all of its replicas. */
    static long underReplicated(TopicDescription topic) {
        return topic.partitions().stream()
                .filter(each -> each.isr().size() < each.replicas().size())
                .count();
    }

    /** The partitions of {@code topic} that nobody leads, so that nobody can read or write them. */
    static long leaderless(TopicDescription topic) {
        return topic.partitions().stream().filter(TopicsCommand::isLeaderless).count();
    }

    static boolean isLeaderless(TopicPartitionInfo partition) {
        return partition.leader() == null || partition.leader().isEmpty();
    }

    /** All topics, by name. */
    static Collection<TopicDescription> all(Admin admin, boolean internal) {
        var names = RequestFailure.orAnswer(
                admin.listTopics(new ListTopicsOptions().listInternal(internal)).names(), "Topics");
        return new TreeMap<>(RequestFailure.orAnswer(admin.describeTopics(names).allTopicNames(), "Topics")).values();
    }

    /** Lists topics. */
    @Command(
            name = "list",
            description = "List the topics.",
            footer = {"", "Example:", "  bin/dwal topics list --bootstrap localhost:9092"},
            sortOptions = false)
    static final class ListThem extends ClientCommand {
        @Option(names = "--internal", description = "Also those that the cluster keeps for itself.")
        private boolean internal;

        @Override
        public Integer call() {
            try (Admin admin = client.admin()) {
                Collection<TopicDescription> topics = all(admin, internal);
                show(Map.of("topics", topics.stream().map(ListThem::json).toList()), out -> {
                    if (topics.isEmpty()) {
                        out.println("There are no topics; 'bin/dwal topics create NAME' makes one.");
                        return;
                    }
                    var table = new Table("TOPIC", "PARTITIONS", "REPLICAS", "UNDER-REPLICATED", "LEADERLESS");
                    topics.forEach(each -> table.row(
                            each.name(),
                            each.partitions().size(),
                            replicationFactor(each),
                            underReplicated(each),
                            leaderless(each)));
                    table.print(out);
                });
            }
            return ExitCode.OK;
        }

        static Map<String, Object> json(TopicDescription topic) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", topic.name());
            json.put("id", topic.topicId());
            json.put("internal", topic.isInternal());
            json.put("partitions", topic.partitions().size());
            json.put("replicationFactor", replicationFactor(topic));
            json.put("underReplicatedPartitions", underReplicated(topic));
            json.put("leaderlessPartitions", leaderless(topic));
            return json;
        }

        private static int replicationFactor(TopicDescription topic) {
            return topic.partitions().stream()
                    .mapToInt(each -> each.replicas().size())
                    .max()
                    .orElse(0);
        }
    }

    /** Creates topics. */
    @Command(
            name = "create",
            description = "Create topics.",
            footer = {
                "",
                "Example:",
                "  bin/dwal topics create orders --partitions 6 --set retention.ms=86400000",
            },
            sortOptions = false)
    static final class Create extends ClientCommand {
        @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "The names of the topics.")
        private List<String> names = new ArrayList<>();

        @Option(
                names = {"-p", "--partitions"},
                paramLabel = "N",
                description = "How many partitions. Default: what the cluster says (num.partitions)")
        private @Nullable Integer partitions;

        @Option(
                names = {"-r", "--replicas"},
                paramLabel = "N",
                description = "How many copies. Default: what the cluster says (default.replication.factor)")
        private @Nullable Short replicas;

        @Option(
                names = "--set",
                paramLabel = "KEY=VALUE",
                description = "Set one key of the topics' configuration. May be repeated.")
        private Map<String, String> set = new LinkedHashMap<>();

        @Option(names = "--if-not-exists", description = "A topic that is there already is no failure.")
        private boolean ifNotExists;

        @Override
        public Integer call() {
            List<NewTopic> wanted = names.stream()
                    .map(name -> new NewTopic(name, Optional.ofNullable(partitions), Optional.ofNullable(replicas))
                            .configs(set))
                    .toList();
            List<Map<String, Object>> made = new ArrayList<>();
            try (Admin admin = client.admin()) {
                CreateTopicsResult result = admin.createTopics(wanted);
                for (String name : names) {
                    if (isMade(result, name)) {
                        made.add(describe(result, name));
                    }
                }
            }
            show(
                    Map.of("topics", made),
                    out -> made.forEach(
                            each -> out.println("Created " + each.get("name") + ": " + each.get("partitions")
                                    + " partitions, " + each.get("replicationFactor") + " replicas of each.")));
            return ExitCode.OK;
        }

        private boolean isMade(CreateTopicsResult result, String name) {
            try {
                RequestFailure.orAnswer(result.values().get(name), "Topic " + name);
                return true;
            } catch (RequestFailure e) {
                if (ifNotExists && e.getCause() instanceof TopicExistsException) {
                    return false;
                }
                throw e;
            }
        }

        private static Map<String, Object> describe(CreateTopicsResult result, String name) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", name);
            json.put("id", RequestFailure.orAnswer(result.topicId(name), name));
            json.put("partitions", RequestFailure.orAnswer(result.numPartitions(name), name));
            json.put("replicationFactor", RequestFailure.orAnswer(result.replicationFactor(name), name));
            return json;
        }
    }

    /** Deletes topics. */
    @Command(
            name = "delete",
            description = "Delete topics, and all records in them.",
            footer = {"", "Example:", "  bin/dwal topics delete orders"},
            sortOptions = false)
    static final class Delete extends ClientCommand {
        @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "The names of the topics.")
        private List<String> names = new ArrayList<>();

        @Option(names = "--if-exists", description = "A topic that is not there is no failure.")
        private boolean ifExists;

        @Override
        public Integer call() {
            List<String> deleted = new ArrayList<>();
            try (Admin admin = client.admin()) {
                Map<String, KafkaFuture<Void>> result =
                        admin.deleteTopics(names).topicNameValues();
                for (String name : names) {
                    if (isDeleted(result.get(name), name)) {
                        deleted.add(name);
                    }
                }
            }
            show(Map.of("deleted", deleted), out -> deleted.forEach(name -> out.println("Deleted " + name + ".")));
            return ExitCode.OK;
        }

        private boolean isDeleted(@Nullable KafkaFuture<Void> answer, String name) {
            try {
                RequestFailure.orAnswer(answer, "Topic " + name);
                return true;
            } catch (RequestFailure e) {
                if (ifExists && e.getCause() instanceof UnknownTopicOrPartitionException) {
                    return false;
                }
                throw e;
            }
        }
    }

    /** Changes a topic. */
    @Command(
            name = "alter",
            description = "Add partitions to a topic, or change its configuration.",
            footer = {
                "",
                "Records with keys go to other partitions than before once there are more of them.",
                "",
                "Example:",
                "  bin/dwal topics alter orders --partitions 12 --set retention.ms=3600000 --unset cleanup.policy"
            },
            sortOptions = false)
    static final class Alter extends ClientCommand {
        @Parameters(paramLabel = "TOPIC", description = "The name of the topic.")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private String name;

        @Option(
                names = {"-p", "--partitions"},
                paramLabel = "N",
                description = "How many partitions it is to have; more than now.")
        private @Nullable Integer partitions;

        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set one key. May be repeated.")
        private Map<String, String> set = new LinkedHashMap<>();

        @Option(
                names = "--unset",
                paramLabel = "KEY",
                description = "Let one key have its default again. May be repeated.")
        private List<String> unset = new ArrayList<>();

        @Override
        public Integer call() {
            if (partitions == null && set.isEmpty() && unset.isEmpty()) {
                throw usage("nothing to change: --partitions, --set or --unset");
            }
            try (Admin admin = client.admin()) {
                if (!set.isEmpty() || !unset.isEmpty()) {
                    RequestFailure.orAnswer(
                            admin.incrementalAlterConfigs(
                                            Map.of(new ConfigResource(ConfigResource.Type.TOPIC, name), changes()))
                                    .all(),
                            "Topic " + name);
                }
                if (partitions != null) {
                    RequestFailure.orAnswer(
                            admin.createPartitions(Map.of(name, NewPartitions.increaseTo(partitions)))
                                    .all(),
                            "Topic " + name);
                }
            }
            show(json(), out -> out.println("Altered " + name + "."));
            return ExitCode.OK;
        }

        private Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", name);
            json.put("partitions", partitions);
            json.put("set", set);
            json.put("unset", unset);
            return json;
        }

        private List<AlterConfigOp> changes() {
            List<AlterConfigOp> changes = new ArrayList<>();
            set.forEach((key, value) ->
                    changes.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
            unset.forEach(
                    key -> changes.add(new AlterConfigOp(new ConfigEntry(key, null), AlterConfigOp.OpType.DELETE)));
            return changes;
        }
    }
}
