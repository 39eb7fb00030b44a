package dwal.replication;

import org.apache.kafka.common.protocol.Errors;

/**
 * No role: requests are answered with {@code error}.
 *
 * @param reason for people; says what to do
 */
record Offline(Errors error, String reason) implements Role {

    /** Whether the topic is gone. */
    boolean isForGood() {
        return error == Errors.UNKNOWN_TOPIC_OR_PARTITION;
    }
}
