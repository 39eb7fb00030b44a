package dwal.compat.differential;

import static java.util.Map.entry;
import static org.apache.kafka.common.protocol.ApiKeys.API_VERSIONS;
import static org.apache.kafka.common.protocol.ApiKeys.CONSUMER_GROUP_DESCRIBE;
import static org.apache.kafka.common.protocol.ApiKeys.DELETE_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_PRODUCERS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
import static org.apache.kafka.common.protocol.ApiKeys.FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.FIND_COORDINATOR;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_COMMIT;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_FOR_LEADER_EPOCH;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * The arrays of answers whose order says something in Kafka: that of what was asked, of names, or of the APIs' numbers.
 *
 * <p>The others come out of hash maps there (Produce, ListOffsets, DeleteRecords, Metadata, DescribeLogDirs, ListGroups, the configs
 * of a resource): their elements are compared by name. Groups come coordinator by coordinator (DescribeGroups, DeleteGroups), which
 * both servers have the same number of.
 */
final class AnswerOrder {
    private static final Set<String> PARTITIONS = Set.of("topics", "partitions");
    private static final Map<ApiKeys, Set<String>> COMPARED = Map.ofEntries(
            entry(FETCH, Set.of("responses", "partitions")),
            entry(OFFSET_FOR_LEADER_EPOCH, PARTITIONS),
            entry(DESCRIBE_PRODUCERS, PARTITIONS),
            entry(DESCRIBE_TOPIC_PARTITIONS, PARTITIONS),
            entry(OFFSET_COMMIT, PARTITIONS),
            entry(OFFSET_FETCH, Set.of("groups", "topics", "partitions")),
            entry(FIND_COORDINATOR, Set.of("coordinators")),
            entry(DESCRIBE_CONFIGS, Set.of("results")),
            entry(API_VERSIONS, Set.of("apiKeys")),
            entry(DESCRIBE_GROUPS, Set.of("groups")),
            entry(CONSUMER_GROUP_DESCRIBE, Set.of("groups")),
            entry(DELETE_GROUPS, Set.of("results")));

    private AnswerOrder() {}

    /** The names of the fields of {@code api}'s answer whose elements must come in Kafka's order. */
    static Set<String> of(ApiKeys api) {
        return COMPARED.getOrDefault(api, Set.of());
    }
}
