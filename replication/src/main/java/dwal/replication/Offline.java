package dwal.replication;

import org.apache.kafka.common.protocol.Errors;

/**
 * No role: requests are answered with {@code error}.
 *
 * @param reason for people; says what to do
 */
record Offline(Errors error, String reason) implements Role {}
