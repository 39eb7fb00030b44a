package dwal.replication;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which replicas of a topic are throttled. Immutable.
 *
 * @param all whether all are
 * @param replicas those that are, each as {@code partition:broker}
 */
public record ThrottledReplicas(boolean all, Set<String> replicas) {
    /** Nobody is. */
    public static final ThrottledReplicas NONE = new ThrottledReplicas(false, Set.of());

    /** By a value of {@code leader.} or {@code follower.replication.throttled.replicas}. */
    public static ThrottledReplicas of(List<String> configured) {
        Set<String> trimmed = new HashSet<>();
        configured.forEach(each -> trimmed.add(each.trim()));
        return trimmed.isEmpty() ? NONE : new ThrottledReplicas(trimmed.contains("*"), Set.copyOf(trimmed));
    }

    boolean contains(int partition, int brokerId) {
        return all || replicas.contains(partition + ":" + brokerId);
    }
}
