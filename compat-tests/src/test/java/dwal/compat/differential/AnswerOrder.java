package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.API_VERSIONS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CONFIGS;
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
 * of a resource), or one coordinator after the other (DescribeGroups, DeleteGroups, OffsetDelete with what was refused before
 * it): their elements are compared by name.
 */
final class AnswerOrder {
    private static final Set<String> PARTITIONS = Set.of("topics", "partitions");
    private static final Map<ApiKeys, Set<String>> COMPARED = Map.of(
            FETCH, Set.of("responses", "partitions"),
            OFFSET_FOR_LEADER_EPOCH, PARTITIONS,
            DESCRIBE_PRODUCERS, PARTITIONS,
            DESCRIBE_TOPIC_PARTITIONS, PARTITIONS,
            OFFSET_COMMIT, PARTITIONS,
            OFFSET_FETCH, Set.of("groups", "topics", "partitions"),
            FIND_COORDINATOR, Set.of("coordinators"),
            DESCRIBE_CONFIGS, Set.of("results"),
            API_VERSIONS, Set.of("apiKeys"));

    private AnswerOrder() {}

    /** The names of the fields of {@code api}'s answer whose elements must come in Kafka's order. */
    static Set<String> of(ApiKeys api) {
        return COMPARED.getOrDefault(api, Set.of());
    }
}
