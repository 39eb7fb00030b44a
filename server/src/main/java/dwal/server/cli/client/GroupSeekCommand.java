package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code dwal groups seek}: moves a group. Only one without members: those of a running group commit where they are, over what anyone else
 * has said, and the coordinator lets nobody else commit for them.
 */
@Command(
        name = "seek",
        description =
                "Let a group go on elsewhere: at an offset, a time, the beginning or the end, or by a number of records.",
        footer = {
            "",
            "Only while it has no members. --by stops at the first record and at the end.",
            "",
            "Examples:",
            "  bin/dwal groups seek billing --topic orders --offset earliest --dry-run",
            "  bin/dwal groups seek billing --topic orders --timestamp 2h",
            "  bin/dwal groups seek billing --by=-100"
        },
        sortOptions = false)
final class GroupSeekCommand extends ClientCommand {

    @Parameters(paramLabel = "GROUP", description = "The group.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String name;

    @Option(
            names = "--topic",
            paramLabel = "TOPIC",
            description = "In this topic only. May be repeated. Default: in all where it has committed something")
    private List<String> topics = new ArrayList<>();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            split = ",",
            description = "In this partition only; several with commas. Default: in all")
    private List<Integer> partitions = new ArrayList<>();

    @ArgGroup(exclusive = true, multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Target target;

    @Option(names = "--dry-run", description = "Only say what would be done.")
    private boolean dryRun;

    /** Where to; exactly one. */
    private static final class Target {
        @ArgGroup(exclusive = true)
        private @Nullable Where where;

        @Option(names = "--by", paramLabel = "N", description = "So many records on, or back: --by=-100.")
        private @Nullable Long by;
    }

    /** One partition's move; {@code from} is null where nothing was committed. */
    private record Move(@Nullable Long from, long to) {}

    @Override
    public Integer call() {
        Map<TopicPartition, Move> moves;
        try (Admin admin = client.admin()) {
            var groups = new Groups(admin);
            refuseRunning(groups.describe(name));
            moves = moves(groups);
            if (!dryRun) {
                Map<TopicPartition, OffsetAndMetadata> offsets = new LinkedHashMap<>();
                moves.forEach((id, move) -> offsets.put(id, new OffsetAndMetadata(move.to)));
                RequestFailure.orAnswer(
                        admin.alterConsumerGroupOffsets(name, offsets).all(), "Group " + name);
            }
        }
        show(json(moves), out -> {
            var table = new Table("TOPIC", "PARTITION", "FROM", "TO");
            moves.forEach((id, move) -> table.row(id.topic(), id.partition(), move.from, move.to));
            table.print(out);
            if (dryRun) {
                out.println("Nothing was changed (--dry-run).");
            }
        });
        return ExitCode.OK;
    }

    private void refuseRunning(ConsumerGroupDescription group) {
        if (group.groupState() != GroupState.EMPTY && group.groupState() != GroupState.DEAD) {
            String clients = group.members().stream()
                    .map(GroupSeekCommand::describe)
                    .limit(5)
                    .collect(Collectors.joining(", "));
            throw new RequestFailure("Group " + name + " runs (" + group.groupState() + ", "
                    + group.members().size() + " members: " + clients
                    + "): its members would commit over it. Stop them, seek, and start them again");
        }
    }

    private static String describe(MemberDescription member) {
        return member.clientId() + " at " + member.host().replace("/", "");
    }

    private Map<TopicPartition, Move> moves(Groups groups) {
        Map<TopicPartition, OffsetAndMetadata> committed = groups.committed(name);
        List<TopicPartition> chosen = chosen(groups, committed);
        Map<TopicPartition, Long> to = target.by == null ? resolved(groups, chosen) : moved(groups, chosen, committed);
        Map<TopicPartition, Move> moves = new LinkedHashMap<>();
        for (TopicPartition id : chosen) {
            OffsetAndMetadata from = committed.get(id);
            moves.put(id, new Move(from == null ? null : (Long) from.offset(), to.getOrDefault(id, 0L)));
        }
        return moves;
    }

    private Map<TopicPartition, Long> resolved(Groups groups, List<TopicPartition> chosen) {
        Where where = target.where == null ? new Where() : target.where;
        return where.resolve(chosen, groups);
    }

    private Map<TopicPartition, Long> moved(
            Groups groups, List<TopicPartition> chosen, Map<TopicPartition, OffsetAndMetadata> committed) {
        long by = target.by == null ? 0 : target.by;
        Map<TopicPartition, Long> starts = groups.earliest(chosen);
        Map<TopicPartition, Long> ends = groups.latest(chosen);
        Map<TopicPartition, Long> moved = new HashMap<>();
        for (TopicPartition id : chosen) {
            OffsetAndMetadata from = committed.get(id);
            if (from == null) {
                throw new RequestFailure("Group " + name + " has committed nothing in " + id
                        + ", so there is nothing to count --by from; give an --offset");
            }
            long end = ends.getOrDefault(id, 0L);
            moved.put(id, Math.min(end, Math.max(starts.getOrDefault(id, 0L), from.offset() + by)));
        }
        return moved;
    }

    private List<TopicPartition> chosen(Groups groups, Map<TopicPartition, OffsetAndMetadata> committed) {
        List<TopicPartition> all = new ArrayList<>();
        if (topics.isEmpty()) {
            all.addAll(committed.keySet());
            if (all.isEmpty()) {
                throw new RequestFailure("Group " + name + " has committed nothing yet: say in which topic (--topic)");
            }
        }
        topics.forEach(topic -> all.addAll(groups.partitions(topic)));
        if (!partitions.isEmpty()) {
            all.removeIf(id -> !partitions.contains(id.partition()));
        }
        if (all.isEmpty()) {
            throw new RequestFailure("There is no such partition: --partition " + partitions);
        }
        return all;
    }

    private Map<String, Object> json(Map<TopicPartition, Move> moves) {
        List<Map<String, Object>> parts = new ArrayList<>();
        moves.forEach((id, move) -> {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("topic", id.topic());
            json.put("partition", id.partition());
            json.put("from", move.from);
            json.put("to", move.to);
            parts.add(json);
        });
        return Map.of("group", name, "dryRun", dryRun, "partitions", parts);
    }
}
