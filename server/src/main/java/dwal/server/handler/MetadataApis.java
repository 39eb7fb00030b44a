package dwal.server.handler;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.config.BrokerConfig;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.server.config.ServerConfigs;

/** The APIs of the cluster's metadata: brokers, topics, features, quorum, and the ids of producers. */
public final class MetadataApis {
    private final Clock clock;
    private final ClusterMetadata metadata;
    private final BrokerConfig config;
    private final Forwarding forwarding;
    private final AutoTopicCreation creation;

    /**
     * The APIs over {@code metadata}, which need not have started yet.
     *
     * @param forwarding the way to the active controller
     */
    public MetadataApis(ClusterMetadata metadata, BrokerConfig config, Forwarding forwarding, Clock clock) {
        this.clock = clock;
        this.metadata = metadata;
        this.config = config;
        this.forwarding = forwarding;
        this.creation = new AutoTopicCreation(metadata, config, forwarding, clock);
    }

    /** Begins to create {@code __consumer_offsets}, unless that is under way, and returns at once. */
    public void createOffsetsTopic() {
        creation.createOffsetsTopic();
    }

    /** Adds the handlers. */
    public void addTo(ApiTable.Builder table) {
        addQuestions(table);
        addChanges(table);
    }

    private void addQuestions(ApiTable.Builder table) {
        table.add(ApiKeys.METADATA, MetadataRequestData.class, new MetadataHandler(metadata, creation, clock))
                .add(
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                        DescribeTopicPartitionsRequestData.class,
                        new DescribeTopicPartitionsHandler(
                                metadata::image, config.getInt(ServerConfigs.MAX_REQUEST_PARTITION_SIZE_LIMIT_CONFIG)))
                .add(ApiKeys.DESCRIBE_CLUSTER, DescribeClusterRequestData.class, new DescribeClusterHandler(metadata))
                .add(ApiKeys.DESCRIBE_QUORUM, DescribeQuorumRequestData.class, forwarding.handler());
    }

    private void addChanges(ApiTable.Builder table) {
        var topics = new TopicChanges(metadata, forwarding);
        table.add(ApiKeys.CREATE_TOPICS, CreateTopicsRequestData.class, topics::create)
                .add(ApiKeys.DELETE_TOPICS, DeleteTopicsRequestData.class, topics::delete)
                .add(ApiKeys.CREATE_PARTITIONS, CreatePartitionsRequestData.class, topics::createPartitions)
                .add(
                        ApiKeys.INIT_PRODUCER_ID,
                        InitProducerIdRequestData.class,
                        new InitProducerIdHandler(metadata.producerIds()))
                .add(
                        ApiKeys.UPDATE_FEATURES,
                        UpdateFeaturesRequestData.class,
                        forwarding.handler(UpdateFeaturesRequestData::timeoutMs));
        addMembership(table);
    }

    /** What only the controller knows anything about. */
    private void addMembership(ApiTable.Builder table) {
        table.add(ApiKeys.UNREGISTER_BROKER, UnregisterBrokerRequestData.class, forwarding.handler())
                .add(
                        ApiKeys.ELECT_LEADERS,
                        ElectLeadersRequestData.class,
                        forwarding.handler(ElectLeadersRequestData::timeoutMs))
                .add(
                        ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                        AlterPartitionReassignmentsRequestData.class,
                        forwarding.handler(AlterPartitionReassignmentsRequestData::timeoutMs))
                .add(
                        ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                        ListPartitionReassignmentsRequestData.class,
                        forwarding.handler(ListPartitionReassignmentsRequestData::timeoutMs))
                .add(
                        ApiKeys.ADD_RAFT_VOTER,
                        AddRaftVoterRequestData.class,
                        forwarding.handler(AddRaftVoterRequestData::timeoutMs))
                .add(ApiKeys.REMOVE_RAFT_VOTER, RemoveRaftVoterRequestData.class, forwarding.handler());
    }
}
