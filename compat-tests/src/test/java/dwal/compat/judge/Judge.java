package dwal.compat.judge;

import dwal.compat.judge.History.Acknowledged;
import dwal.compat.judge.History.Found;
import dwal.compat.judge.History.Reader;
import dwal.compat.judge.History.Seen;
import dwal.compat.judge.History.Start;
import dwal.compat.judge.History.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Holds a history against the promises of one partition's log: what was acknowledged is there, once, where it was said to be, in the order of
 * its producer; what was read once stays; offsets have no holes, and readers step over none. {@link GroupRules} says what holds
 * for groups.
 */
public final class Judge {
    private record Place(int partition, long offset) {}

    private record Lane(int producer, int partition) {}

    private final List<String> violations = new ArrayList<>();

    private Judge() {}

    /** All that is wrong, each line with its kind first; empty for a good history. */
    public static List<String> violations(History history) {
        Judge judge = new Judge();
        Map<Place, Value> log = judge.log(history.found());
        judge.nothingProvesNothing(history);
        judge.acknowledgedIsThere(history.acknowledged(), log);
        judge.nothingTwice(history.found());
        judge.orderIsKept(history.found());
        judge.nothingFromNowhere(history);
        judge.whatWasReadStays(history.seen(), log);
        judge.readersStepOverNothing(history);
        judge.violations.addAll(GroupRules.violations(history));
        return judge.violations;
    }

    private Map<Place, Value> log(List<Found> found) {
        Map<Place, Value> log = new HashMap<>();
        Map<Integer, Long> last = new HashMap<>();
        for (Found record : found) {
            log.put(new Place(record.partition(), record.offset()), record.value());
            Long before = last.put(record.partition(), record.offset());
            if (before != null && record.offset() != before + 1)
                violations.add("HOLE between offset " + before + " and " + record);
        }
        return log;
    }

    private void nothingProvesNothing(History history) {
        if (history.acknowledged().isEmpty()) violations.add("EMPTY: nothing was acknowledged, which proves nothing");
    }

    private void acknowledgedIsThere(List<Acknowledged> acknowledged, Map<Place, Value> log) {
        Set<Value> present = new HashSet<>(log.values());
        for (Acknowledged one : acknowledged) {
            Value there = log.get(new Place(one.value().partition(), one.offset()));
            if (one.value().equals(there)) continue;
            violations.add((present.contains(one.value()) ? "MOVED: " : "LOST: ") + one + ", there is " + there);
        }
    }

    private void nothingTwice(List<Found> found) {
        Set<Value> seen = new HashSet<>();
        for (Found record : found) if (!seen.add(record.value())) violations.add("DUPLICATE: " + record);
    }

    private void orderIsKept(List<Found> found) {
        Map<Lane, Long> last = new HashMap<>();
        for (Found record : found) {
            Lane lane = new Lane(record.value().producer(), record.partition());
            Long before = last.put(lane, record.value().number());
            if (before != null && before > record.value().number())
                violations.add("REORDERED: " + record + " after number " + before);
        }
    }

    private void nothingFromNowhere(History history) {
        Set<Value> sent = new HashSet<>(history.indefinite());
        history.acknowledged().forEach(one -> sent.add(one.value()));
        for (Found record : history.found()) {
            if (!sent.contains(record.value())) violations.add("FOREIGN: " + record + " was never sent");
            if (record.partition() != record.value().partition()) violations.add("MISPLACED: " + record);
        }
    }

    private void whatWasReadStays(List<Seen> seen, Map<Place, Value> log) {
        for (Seen record : seen) {
            Value there = log.get(new Place(record.partition(), record.offset()));
            if (!record.value().equals(there))
                violations.add("CHANGED: " + record + " was read once, now there is " + there);
        }
    }

    private record Course(Reader reader, int partition) {}

    private void readersStepOverNothing(History history) {
        Map<Course, Long> next = new HashMap<>();
        for (Start start : history.starts()) next.put(new Course(start.reader(), start.partition()), start.offset());
        for (Seen record : history.seen()) {
            Long expected = next.put(new Course(record.reader(), record.partition()), record.offset() + 1);
            if (expected == null || record.offset() == expected) continue;
            violations.add((record.offset() > expected ? "SKIPPED: " : "REPEATED: ") + record + " where offset "
                    + expected + " was next");
        }
    }
}
