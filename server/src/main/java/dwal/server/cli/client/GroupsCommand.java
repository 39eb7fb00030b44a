package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/** {@code dwal groups}: the consumer groups of a cluster. */
@Command(
        name = "groups",
        description = "List, describe, seek and delete consumer groups.",
        subcommands = {
            GroupsCommand.ListThem.class,
            GroupsCommand.Describe.class,
            GroupSeekCommand.class,
            GroupsCommand.Delete.class
        },
        footer = {"", "Example:", "  bin/dwal groups describe billing"},
        synopsisSubcommandLabel = "COMMAND")
final class GroupsCommand extends CommandGroup {

    /** Lists groups. */
    @Command(
            name = "list",
            description = "List the groups.",
            footer = {"", "Example:", "  bin/dwal groups list"},
            sortOptions = false)
    static final class ListThem extends ClientCommand {
        @Override
        public Integer call() {
            try (Admin admin = client.admin()) {
                List<GroupListing> groups = RequestFailure.orAnswer(
                                admin.listGroups().all(), "Groups")
                        .stream()
                        .sorted(Comparator.comparing(GroupListing::groupId))
                        .toList();
                show(Map.of("groups", groups.stream().map(ListThem::json).toList()), out -> {
                    if (groups.isEmpty()) {
                        out.println("There are no groups.");
                        return;
                    }
                    var table = new Table("GROUP", "STATE", "TYPE", "PROTOCOL");
                    groups.forEach(each -> table.row(each.groupId(), each.groupState(), each.type(), each.protocol()));
                    table.print(out);
                });
            }
            return ExitCode.OK;
        }

        private static Map<String, Object> json(GroupListing group) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("group", group.groupId());
            json.put("type", group.type());
            json.put("state", group.groupState());
            json.put("protocolType", group.protocol());
            return json;
        }
    }

    /** Describes one group. */
    @Command(
            name = "describe",
            description = "Tell where a group is, how far behind, and which members it has.",
            footer = {"", "Example:", "  bin/dwal groups describe billing"},
            sortOptions = false)
    static final class Describe extends ClientCommand {
        @Parameters(paramLabel = "GROUP", description = "The group.")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private String name;

        @Override
        public Integer call() {
            try (Admin admin = client.admin()) {
                var groups = new Groups(admin);
                ConsumerGroupDescription group = groups.describe(name);
                List<Groups.Progress> progress = groups.progress(group);
                if (group.groupState() == GroupState.DEAD && progress.isEmpty()) {
                    throw new RequestFailure(
                            "Group " + name + ": there is no such group; 'bin/dwal groups list' tells which there are");
                }
                show(json(group, progress), out -> {
                    out.println(name + "  " + group.groupState() + ", " + group.type() + ", "
                            + members(group.members().size()) + ", lag " + lag(progress) + ", coordinator "
                            + group.coordinator().id());
                    var table = new Table("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT", "HOST", "MEMBER");
                    progress.forEach(each -> {
                        MemberDescription member = each.member();
                        table.row(
                                each.id().topic(),
                                each.id().partition(),
                                each.committed(),
                                each.end(),
                                each.lag(),
                                member == null ? null : member.clientId(),
                                member == null ? null : member.host(),
                                member == null ? null : member.consumerId());
                    });
                    if (!table.isEmpty()) {
                        table.print(out);
                    }
                });
            }
            return ExitCode.OK;
        }

        private static String members(int count) {
            return count + (count == 1 ? " member" : " members");
        }

        private static long lag(List<Groups.Progress> progress) {
            return progress.stream()
                    .mapToLong(each -> {
                        Long lag = each.lag();
                        return lag == null ? 0 : lag;
                    })
                    .sum();
        }

        private static Map<String, Object> json(ConsumerGroupDescription group, List<Groups.Progress> progress) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("group", group.groupId());
            json.put("type", group.type());
            json.put("state", group.groupState());
            json.put("coordinator", group.coordinator().id());
            json.put("members", group.members().stream().map(Describe::json).toList());
            json.put("partitions", progress.stream().map(Describe::json).toList());
            json.put("lag", lag(progress));
            return json;
        }

        private static Map<String, Object> json(MemberDescription member) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("memberId", member.consumerId());
            json.put("instanceId", member.groupInstanceId());
            json.put("clientId", member.clientId());
            json.put("clientHost", member.host());
            json.put(
                    "partitions",
                    member.assignment().topicPartitions().stream()
                            .map(id -> Map.of("topic", id.topic(), "partition", id.partition()))
                            .toList());
            return json;
        }

        private static Map<String, Object> json(Groups.Progress progress) {
            MemberDescription member = progress.member();
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("topic", progress.id().topic());
            json.put("partition", progress.id().partition());
            json.put("committedOffset", progress.committed());
            json.put("highWatermark", progress.end());
            json.put("lag", progress.lag());
            json.put("memberId", member == null ? null : member.consumerId());
            return json;
        }
    }

    /** Deletes groups. */
    @Command(
            name = "delete",
            description = "Delete groups, and where they are. Only those without members.",
            footer = {"", "Example:", "  bin/dwal groups delete billing"},
            sortOptions = false)
    static final class Delete extends ClientCommand {
        @Parameters(paramLabel = "GROUP", arity = "1..*", description = "The groups.")
        private List<String> names = new ArrayList<>();

        @Override
        public Integer call() {
            List<String> deleted = new ArrayList<>();
            try (Admin admin = client.admin()) {
                var result = admin.deleteConsumerGroups(names).deletedGroups();
                for (String name : names) {
                    try {
                        RequestFailure.orAnswer(result.get(name), "Group " + name);
                    } catch (RequestFailure e) {
                        throw e.getCause() instanceof GroupNotEmptyException
                                ? new RequestFailure("Group " + name + " has members: stop them first")
                                : e;
                    }
                    deleted.add(name);
                }
            }
            show(Map.of("deleted", deleted), out -> deleted.forEach(name -> out.println("Deleted " + name + ".")));
            return ExitCode.OK;
        }
    }
}
