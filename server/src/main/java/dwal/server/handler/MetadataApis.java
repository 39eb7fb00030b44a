package dwal.server.handler;

import dwal.protocol.ApiTable;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.config.BrokerConfig;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.server.config.ServerConfigs;

/** The APIs of the cluster's metadata: brokers, topics, features, quorum, and the ids of producers. */
public final class MetadataApis {
    private final ClusterMetadata metadata;
    private final BrokerConfig config;
    private final AutoTopicCreation creation;

    /** The APIs over {@code metadata}, which need not have started yet. */
    public MetadataApis(ClusterMetadata metadata, BrokerConfig config) {
        this.metadata = metadata;
        this.config = config;
        this.creation = new AutoTopicCreation(metadata, config);
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
        table.add(ApiKeys.METADATA, MetadataRequestData.class, new MetadataHandler(metadata, creation))
                .add(
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                        DescribeTopicPartitionsRequestData.class,
                        new DescribeTopicPartitionsHandler(
                                metadata::image, config.getInt(ServerConfigs.MAX_REQUEST_PARTITION_SIZE_LIMIT_CONFIG)))
                .add(ApiKeys.DESCRIBE_CLUSTER, DescribeClusterRequestData.class, new DescribeClusterHandler(metadata))
                .add(ApiKeys.DESCRIBE_QUORUM, DescribeQuorumRequestData.class, new DescribeQuorumHandler(metadata));
    }

    private void addChanges(ApiTable.Builder table) {
        boolean deletes = config.getBoolean(ServerConfigs.DELETE_TOPIC_ENABLE_CONFIG);
        table.add(ApiKeys.CREATE_TOPICS, CreateTopicsRequestData.class, new CreateTopicsHandler(metadata))
                .add(ApiKeys.DELETE_TOPICS, DeleteTopicsRequestData.class, new DeleteTopicsHandler(metadata, deletes))
                .add(
                        ApiKeys.CREATE_PARTITIONS,
                        CreatePartitionsRequestData.class,
                        new CreatePartitionsHandler(metadata))
                .add(
                        ApiKeys.INIT_PRODUCER_ID,
                        InitProducerIdRequestData.class,
                        new InitProducerIdHandler(metadata.producerIds()))
                .add(ApiKeys.UPDATE_FEATURES, UpdateFeaturesRequestData.class, new UpdateFeaturesHandler(metadata));
    }
}
