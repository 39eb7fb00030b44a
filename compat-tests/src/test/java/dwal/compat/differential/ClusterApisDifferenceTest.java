package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.API_VERSIONS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CLUSTER;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_QUORUM;
import static org.apache.kafka.common.protocol.ApiKeys.UPDATE_FEATURES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is asked about the server and the cluster. */
@ExtendWith(Comparison.Extension.class)
class ClusterApisDifferenceTest {
    /** What one node has to offer by now; transactions, shares and security come later. */
    private static final EnumSet<ApiKeys> NEEDED = EnumSet.of(
            ApiKeys.PRODUCE,
            ApiKeys.FETCH,
            ApiKeys.LIST_OFFSETS,
            ApiKeys.OFFSET_FOR_LEADER_EPOCH,
            ApiKeys.METADATA,
            ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
            ApiKeys.DESCRIBE_CLUSTER,
            ApiKeys.API_VERSIONS,
            ApiKeys.CREATE_TOPICS,
            ApiKeys.DELETE_TOPICS,
            ApiKeys.CREATE_PARTITIONS,
            ApiKeys.DELETE_RECORDS,
            ApiKeys.DESCRIBE_CONFIGS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.LIST_CONFIG_RESOURCES,
            ApiKeys.DESCRIBE_LOG_DIRS,
            ApiKeys.INIT_PRODUCER_ID,
            ApiKeys.DESCRIBE_PRODUCERS,
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.JOIN_GROUP,
            ApiKeys.SYNC_GROUP,
            ApiKeys.HEARTBEAT,
            ApiKeys.LEAVE_GROUP,
            ApiKeys.OFFSET_COMMIT,
            ApiKeys.OFFSET_FETCH,
            ApiKeys.OFFSET_DELETE,
            ApiKeys.DESCRIBE_GROUPS,
            ApiKeys.LIST_GROUPS,
            ApiKeys.DELETE_GROUPS,
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            ApiKeys.CONSUMER_GROUP_DESCRIBE,
            ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS,
            ApiKeys.PUSH_TELEMETRY,
            ApiKeys.DESCRIBE_QUORUM,
            ApiKeys.ADD_RAFT_VOTER,
            ApiKeys.REMOVE_RAFT_VOTER,
            ApiKeys.UNREGISTER_BROKER,
            ApiKeys.ELECT_LEADERS,
            ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
            ApiKeys.LIST_PARTITION_REASSIGNMENTS,
            ApiKeys.ALTER_REPLICA_LOG_DIRS,
            ApiKeys.UPDATE_FEATURES);

    private final Comparison comparison;
    private final TestInfo test;

    ClusterApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
    }

    private static Comparison.Request versions(String name, String version) {
        return (side, any) ->
                new ApiVersionsRequestData().setClientSoftwareName(name).setClientSoftwareVersion(version);
    }

    @Test
    void versionsAreAnsweredAlike() {
        comparison.each("plain", API_VERSIONS, versions("test", "1.0"));
        comparison.each("bad name of the client", API_VERSIONS, versions("-", "1.0"));
        comparison.each("bad version of the client", API_VERSIONS, versions("test", "?"));
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void whatIsAdvertisedHasKafkasRangesAndAllThatIsNeededIsThere() throws Exception {
        Set<String> missing = new TreeSet<>();
        for (ApiKeys api : ApiKeys.clientApis()) {
            if (comparison.kafka().advertised(api).isEmpty()) continue;
            ApiVersion kafkas = comparison.kafka().advertised(api).get();
            comparison
                    .subject()
                    .advertised(api)
                    .ifPresentOrElse(
                            ours -> assertThat(ours).as(api.name).isEqualTo(kafkas), () -> missing.add(api.name));
        }
        System.out.println("Kafka advertises, and the server under test does not (yet): " + missing);
        for (ApiKeys api : NEEDED)
            assertThat(comparison.subject().advertised(api))
                    .as("%s is advertised", api)
                    .isPresent();
    }

    @Test
    void aClientFromTheFutureIsToldTheVersionsInTheLayoutOfVersion0() throws Exception {
        for (Side side : List.of(comparison.kafka(), comparison.subject())) {
            try (RawConnection connection = side.connect()) {
                ApiVersionsResponseData answer = (ApiVersionsResponseData) connection.call(
                        API_VERSIONS,
                        (short) 99,
                        new ApiVersionsRequestData().setClientSoftwareName("x").setClientSoftwareVersion("1"),
                        (short) 0);
                assertThat(answer.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
                assertThat(answer.apiKeys().find(API_VERSIONS.id)).isNotNull();
            }
        }
    }

    @Test
    void theClusterIsDescribedAlike() {
        comparison.each("plain", DESCRIBE_CLUSTER, (side, version) -> new DescribeClusterRequestData());
        comparison.each(
                "with operations",
                DESCRIBE_CLUSTER,
                (side, version) -> new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true));
        comparison.each(
                "controllers",
                DESCRIBE_CLUSTER,
                (side, version) -> new DescribeClusterRequestData().setEndpointType((byte) 2));
        comparison.each(
                "type 9",
                DESCRIBE_CLUSTER,
                (side, version) -> new DescribeClusterRequestData().setEndpointType((byte) 9));
        comparison.each("quorum", DESCRIBE_QUORUM, quorum("__cluster_metadata", 0));
        comparison.each("quorum of partition 3", DESCRIBE_QUORUM, quorum("__cluster_metadata", 3));
        comparison.each("quorum of another topic", DESCRIBE_QUORUM, quorum("other", 0));
        comparison.verdict(test.getDisplayName());
    }

    private static Comparison.Request quorum(String topic, int partition) {
        return (side, version) -> new DescribeQuorumRequestData()
                .setTopics(List.of(new DescribeQuorumRequestData.TopicData()
                        .setTopicName(topic)
                        .setPartitions(
                                List.of(new DescribeQuorumRequestData.PartitionData().setPartitionIndex(partition)))));
    }

    private static Comparison.Request feature(String name, int level, int type, boolean onlyCheck) {
        return (side, version) -> {
            var update = new UpdateFeaturesRequestData.FeatureUpdateKey()
                    .setFeature(name)
                    .setMaxVersionLevel((short) level);
            if (version >= 1) update.setUpgradeType((byte) type);
            UpdateFeaturesRequestData request = new UpdateFeaturesRequestData()
                    .setTimeoutMs(20_000)
                    .setFeatureUpdates(new UpdateFeaturesRequestData.FeatureUpdateKeyCollection(
                            List.of(update).iterator()));
            return version >= 1 ? request.setValidateOnly(onlyCheck) : request;
        };
    }

    @Test
    void featuresAreRefusedAlike() {
        comparison.each("unknown feature", UPDATE_FEATURES, feature("no.such.feature", 1, 1, false));
        comparison.each("unknown level", UPDATE_FEATURES, feature("metadata.version", 9999, 1, false));
        comparison.each("down without saying so", UPDATE_FEATURES, feature("metadata.version", 10, 1, true));
        comparison.each("the same level", UPDATE_FEATURES, feature("metadata.version", 30, 1, true));
        comparison.each("type 9", UPDATE_FEATURES, feature("metadata.version", 30, 9, true));
        comparison.verdict(test.getDisplayName());
    }
}
