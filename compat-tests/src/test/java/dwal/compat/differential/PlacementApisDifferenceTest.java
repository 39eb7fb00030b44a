package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.ALTER_PARTITION_REASSIGNMENTS;
import static org.apache.kafka.common.protocol.ApiKeys.ALTER_REPLICA_LOG_DIRS;
import static org.apache.kafka.common.protocol.ApiKeys.ELECT_LEADERS;
import static org.apache.kafka.common.protocol.ApiKeys.LIST_PARTITION_REASSIGNMENTS;
import static org.apache.kafka.common.protocol.ApiKeys.UNREGISTER_BROKER;

import java.util.List;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirCollection;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopicCollection;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitionsCollection;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where partitions are and who leads them: what one node can be asked for, and what it has to refuse. */
@ExtendWith(Comparison.Extension.class)
class PlacementApisDifferenceTest {
    private static final String TOPIC = "placed";
    private final Comparison comparison;
    private final TestInfo test;

    PlacementApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
    }

    @BeforeEach
    void topic() {
        if (comparison
                .kafka()
                .topicName(comparison.kafka().topicId(TOPIC).toString())
                .isEmpty()) comparison.topic(TOPIC, 2);
    }

    private static Comparison.Request election(int type, String topic, Integer... partitions) {
        return (side, version) -> {
            var topics = new TopicPartitionsCollection();
            topics.add(new TopicPartitions().setTopic(topic).setPartitions(List.of(partitions)));
            var request = new ElectLeadersRequestData().setTimeoutMs(20_000).setTopicPartitions(topics);
            return version >= 1 ? request.setElectionType((byte) type) : request;
        };
    }

    @Test
    void electionsAreAnsweredAlike() {
        comparison.each("not needed", ELECT_LEADERS, election(0, TOPIC, 0));
        comparison.each("unclean, not needed", ELECT_LEADERS, election(1, TOPIC, 0));
        comparison.each("unknown partition", ELECT_LEADERS, election(0, TOPIC, 99));
        comparison.each("unknown topic", ELECT_LEADERS, election(0, "no-such-topic", 0));
        comparison.each("type 9", ELECT_LEADERS, election(9, TOPIC, 0));
        comparison.each(
                "all",
                ELECT_LEADERS,
                (side, version) ->
                        new ElectLeadersRequestData().setTimeoutMs(20_000).setTopicPartitions(null));
        comparison.verdict(test.getDisplayName());
    }

    private static Comparison.Request reassignment(String topic, int partition, List<Integer> replicas) {
        return (side, version) -> new AlterPartitionReassignmentsRequestData()
                .setTimeoutMs(20_000)
                .setTopics(List.of(new ReassignableTopic()
                        .setName(topic)
                        .setPartitions(List.of(new ReassignablePartition()
                                .setPartitionIndex(partition)
                                .setReplicas(replicas)))));
    }

    @Test
    void reassignmentsAreAnsweredAlike() {
        comparison.each("as it is", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 0, List.of(1)));
        comparison.each("to nobody", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 0, List.of()));
        comparison.each("to a stranger", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 0, List.of(1, 99)));
        comparison.each("twice to one", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 0, List.of(1, 1)));
        comparison.each("a negative broker", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 0, List.of(-1)));
        comparison.each("none to cancel", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 0, null));
        comparison.each("unknown partition", ALTER_PARTITION_REASSIGNMENTS, reassignment(TOPIC, 99, List.of(1)));
        comparison.each("unknown topic", ALTER_PARTITION_REASSIGNMENTS, reassignment("no-such", 0, List.of(1)));
        comparison.each(
                "list of all",
                LIST_PARTITION_REASSIGNMENTS,
                (side, version) -> new ListPartitionReassignmentsRequestData().setTopics(null));
        comparison.each(
                "list of unknown ones",
                LIST_PARTITION_REASSIGNMENTS,
                (side, version) -> new ListPartitionReassignmentsRequestData()
                        .setTopics(List.of(new ListPartitionReassignmentsTopics()
                                .setName("no-such")
                                .setPartitionIndexes(List.of(0)))));
        comparison.verdict(test.getDisplayName());
    }

    private static Comparison.Request move(String directory, String topic, Integer... partitions) {
        return (side, version) -> {
            var topics = new AlterReplicaLogDirTopicCollection();
            topics.add(new AlterReplicaLogDirTopic().setName(topic).setPartitions(List.of(partitions)));
            var directories = new AlterReplicaLogDirCollection();
            String path = directory == null
                    ? side.server().directory().resolve("data").toAbsolutePath().toString()
                    : directory;
            directories.add(new AlterReplicaLogDir().setPath(path).setTopics(topics));
            return new AlterReplicaLogDirsRequestData().setDirs(directories);
        };
    }

    @Test
    void movesBetweenDirectoriesAreAnsweredAlike() {
        comparison.each("where it is", ALTER_REPLICA_LOG_DIRS, move(null, TOPIC, 0, 1));
        comparison.each("unknown partition", ALTER_REPLICA_LOG_DIRS, move(null, TOPIC, 99));
        comparison.each("unknown directory", ALTER_REPLICA_LOG_DIRS, move("/no/such/directory", TOPIC, 0));
        comparison.each("relative directory", ALTER_REPLICA_LOG_DIRS, move("data", TOPIC, 0));
        comparison.each("unknown both", ALTER_REPLICA_LOG_DIRS, move("/no/such/directory", "no-such", 0));
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void aBrokerThatIsNotThereCannotBeUnregistered() {
        comparison.each(
                "unknown broker",
                UNREGISTER_BROKER,
                (side, version) -> new UnregisterBrokerRequestData().setBrokerId(99));
        comparison.verdict(test.getDisplayName());
    }
}
