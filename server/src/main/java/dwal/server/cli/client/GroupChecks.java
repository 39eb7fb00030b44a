package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Whether groups that have members and records to read go on: each is looked at twice, some seconds apart.
 *
 * @param held where open transactions keep consumers of committed records waiting
 */
record GroupChecks(Admin admin, int apartSeconds, Map<TopicPartition, Long> held) {
    private static final String CHECK = "groups";

    /** A group that has members at one look. */
    record Look(ConsumerGroupDescription group, Map<TopicPartition, Groups.Progress> progress) {
        static Look at(ConsumerGroupDescription group, List<Groups.Progress> progress) {
            Map<TopicPartition, Groups.Progress> all = new LinkedHashMap<>();
            progress.forEach(each -> all.put(each.id(), each));
            return new Look(group, all);
        }

        /** Whether there is something that it has not read. */
        boolean isBehind() {
            return progress.values().stream().anyMatch(GroupChecks::isBehind);
        }
    }

    List<Finding> look() {
        List<String> names =
                RequestFailure.orAnswer(
                                admin.listGroups(ListGroupsOptions.forConsumerGroups())
                                        .all(),
                                "Groups")
                        .stream()
                        .map(GroupListing::groupId)
                        .sorted()
                        .toList();
        Map<String, Look> first = looks(names);
        List<String> behind = first.values().stream()
                .filter(Look::isBehind)
                .map(each -> each.group.groupId())
                .toList();
        List<Finding> findings = new ArrayList<>();
        if (!behind.isEmpty()) {
            pause();
            looks(behind).forEach((name, second) -> {
                Look before = first.get(name);
                Finding finding = before == null ? null : compare(before, second, apartSeconds, held);
                if (finding != null) {
                    findings.add(finding);
                }
            });
        }
        return findings.isEmpty()
                ? List.of(Finding.ok(
                        CHECK,
                        "No group with members stands still (groups: " + names.size() + ", with members: "
                                + first.size() + ")."))
                : findings;
    }

    private Map<String, Look> looks(List<String> names) {
        var groups = new Groups(admin);
        Map<String, Look> looks = new LinkedHashMap<>();
        for (String name : names) {
            ConsumerGroupDescription group = groups.describe(name);
            if (group.groupState() != GroupState.EMPTY && group.groupState() != GroupState.DEAD) {
                looks.put(name, Look.at(group, groups.progress(group)));
            }
        }
        return looks;
    }

    /**
     * Null if the group goes on. One that has committed nothing new anywhere is stuck; one that goes on elsewhere may only be slow in the
     * partition where it has not.
     */
    static @Nullable Finding compare(Look first, Look second, int apartSeconds, Map<TopicPartition, Long> held) {
        List<Groups.Progress> still = new ArrayList<>();
        boolean moved = false;
        for (Groups.Progress now : second.progress.values()) {
            Groups.Progress before = first.progress.get(now.id());
            if (before == null || !equal(before.committed(), now.committed())) {
                moved = true;
            } else if (isBehind(before) && isBehind(now)) {
                still.add(now);
            }
        }
        if (still.isEmpty()) {
            return null;
        }
        Groups.Progress at = still.get(0);
        String where = at.id() + " at " + (at.committed() == null ? "the beginning" : "offset " + at.committed());
        String sentence = "Group " + second.group.groupId() + " (" + second.group.groupState() + ") has not gone on in "
                + apartSeconds + " s: it stands in " + where + ", " + (at.lag() == null ? "all" : at.lag())
                + " records before the end"
                + (at.member() == null
                        ? ", and no member has this partition."
                        : ", which is with client " + at.member().clientId() + " at "
                                + at.member().host().replace("/", "") + ".");
        String change = held.containsKey(at.id()) && equal(held.get(at.id()), at.committed())
                ? "end the open transaction that begins at this offset (above), if this group reads committed records"
                : look(at)
                        + "max.poll.records lower if it is slow; 'bin/dwal groups seek' over it if it cannot be read";
        return moved ? Finding.warning(CHECK, sentence, change) : Finding.problem(CHECK, sentence, change);
    }

    private static String look(Groups.Progress at) {
        return at.committed() == null
                ? ""
                : "look at the record: bin/dwal consume " + at.id().topic() + " -p "
                        + at.id().partition() + " -o " + at.committed() + " -n 1; ";
    }

    private static boolean isBehind(Groups.Progress progress) {
        Long lag = progress.lag();
        Long end = progress.end();
        return lag == null ? end != null && end > 0 && progress.member() != null : lag > 0;
    }

    private static boolean equal(@Nullable Long one, @Nullable Long other) {
        return one == null ? other == null : one.equals(other);
    }

    private void pause() {
        try {
            TimeUnit.SECONDS.sleep(apartSeconds);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
