package dwal.compat.judge;

import dwal.compat.judge.History.Acknowledged;
import dwal.compat.judge.History.GroupOffset;
import dwal.compat.judge.History.Seen;
import dwal.compat.judge.History.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds a history against the promises for groups: how far a group is never goes back, not in what members begin with and not in
 * what others are told; and each acknowledged record reaches the group at least once.
 */
final class GroupRules {
    private record Lane(String group, int partition) {}

    private final List<String> violations = new ArrayList<>();

    private GroupRules() {}

    /** All that is wrong, each line with its kind first. */
    static List<String> violations(History history) {
        GroupRules rules = new GroupRules();
        rules.offsetsNeverGoBack(history.groupOffsets());
        for (String group : groups(history)) {
            rules.nothingProvesNothing(group, history.groupOffsets());
            rules.everythingReaches(group, history);
        }
        return rules.violations;
    }

    private static Set<String> groups(History history) {
        Set<String> groups = new TreeSet<>();
        history.starts().forEach(start -> groups.add(start.reader().group()));
        history.seen().forEach(record -> groups.add(record.reader().group()));
        history.groupOffsets().forEach(event -> groups.add(event.group()));
        groups.remove("");
        return groups;
    }

    private void offsetsNeverGoBack(List<GroupOffset> events) {
        // Of each lane how far it was known to be after each of its events, by their number.
        Map<Lane, List<Integer>> numbers = new HashMap<>();
        Map<Lane, List<Long>> highest = new HashMap<>();
        for (int number = 0; number < events.size(); number++) {
            GroupOffset event = events.get(number);
            Lane lane = new Lane(event.group(), event.partition());
            List<Integer> before = numbers.computeIfAbsent(lane, absent -> new ArrayList<>());
            List<Long> known = highest.computeIfAbsent(lane, absent -> new ArrayList<>());
            int last = before.size() - 1;
            while (last >= 0 && before.get(last) >= event.since()) last--;
            if (last >= 0 && known.get(last) > event.offset())
                violations.add("WENT_BACK: " + event + " though the group was at " + known.get(last));
            long most = known.isEmpty() ? 0 : known.get(known.size() - 1);
            before.add(number);
            known.add(Math.max(most, event.offset()));
        }
    }

    private void nothingProvesNothing(String group, List<GroupOffset> events) {
        boolean committed = events.stream()
                .anyMatch(event -> event.group().equals(group) && event.what().equals("committed"));
        if (!committed) violations.add("EMPTY: " + group + " committed nothing, which proves nothing");
    }

    private void everythingReaches(String group, History history) {
        Set<Value> reached = new HashSet<>();
        for (Seen record : history.seen()) if (record.reader().group().equals(group)) reached.add(record.value());
        for (Acknowledged record : history.acknowledged())
            if (!reached.contains(record.value())) violations.add("UNDELIVERED: " + record + " to " + group);
    }
}
