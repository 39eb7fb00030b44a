package dwal.replication;

import org.apache.kafka.common.protocol.Errors;

/**
 * No role: requests are answered with {@code error}.
 *
 * @param reason for people; says what to do
 * @param forGood whether no other role can follow: the topic is deleted, or this node is not to have the partition
 */
record Offline(Errors error, String reason, boolean forGood) implements Role {
    static Offline now(Errors error, String reason) {
        return new Offline(error, reason, false);
    }

    static Offline forGood(Errors error, String reason) {
        return new Offline(error, reason, true);
    }
}
