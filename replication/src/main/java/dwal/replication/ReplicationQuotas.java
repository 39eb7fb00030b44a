package dwal.replication;

import dwal.environment.Clock;

/**
 * The bounds for throttled partitions on a node.
 *
 * @param leader on what it sends to followers
 * @param follower on what it fetches
 */
public record ReplicationQuotas(ReplicationQuota leader, ReplicationQuota follower) {
    /** Unlimited until told otherwise, measured over {@code number} windows of {@code seconds} each. */
    public static ReplicationQuotas of(Clock clock, int number, int seconds) {
        return new ReplicationQuotas(
                new ReplicationQuota(clock, number, seconds), new ReplicationQuota(clock, number, seconds));
    }
}
