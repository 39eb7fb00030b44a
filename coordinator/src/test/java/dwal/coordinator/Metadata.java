package dwal.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.server.common.MetadataVersion;

/** Metadata of a cluster of one node, made record by record; for tests, one thread. */
public final class Metadata {
    /** The node's id. */
    public static final int NODE = 1;

    /** What is set at run time for all nodes. */
    static final ConfigResource ALL_NODES = new ConfigResource(ConfigResource.Type.BROKER, "");

    private MetadataImage image = MetadataImage.EMPTY;
    private MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
    private long offset;

    /** A cluster with one node that listens on {@code PLAINTEXT://broker.test:9092}, and the latest features. */
    public static Metadata ofOneNode() {
        Metadata metadata = new Metadata();
        metadata.replay(new FeatureLevelRecord()
                .setName(MetadataVersion.FEATURE_NAME)
                .setFeatureLevel(MetadataVersion.LATEST_PRODUCTION.featureLevel()));
        metadata.feature("group.version", 1);
        BrokerEndpointCollection endpoints = new BrokerEndpointCollection();
        endpoints.add(new BrokerEndpoint()
                .setName("PLAINTEXT")
                .setHost("broker.test")
                .setPort(9092)
                .setSecurityProtocol((short) 0));
        metadata.replay(new RegisterBrokerRecord()
                .setBrokerId(NODE)
                .setBrokerEpoch(1)
                .setIncarnationId(new Uuid(0, 1))
                .setEndPoints(endpoints)
                .setFenced(false));
        metadata.apply();
        return metadata;
    }

    /** Sets a feature. */
    public Metadata feature(String name, int level) {
        return replay(new FeatureLevelRecord().setName(name).setFeatureLevel((short) level));
    }

    /** Adds a topic with {@code partitions} led by the node; its id depends on its name only. */
    public Metadata topic(String name, int partitions) {
        replay(new TopicRecord().setName(name).setTopicId(idOf(name)));
        for (int i = 0; i < partitions; i++) {
            replay(new PartitionRecord()
                    .setTopicId(idOf(name))
                    .setPartitionId(i)
                    .setReplicas(List.of(NODE))
                    .setIsr(List.of(NODE))
                    .setLeader(NODE)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0)
                    .setDirectories(new ArrayList<>(List.of(new Uuid(7, 7)))));
        }
        return this;
    }

    /** Adds {@code __consumer_offsets}. */
    public Metadata offsetsTopic(int partitions) {
        return topic(Topic.GROUP_METADATA_TOPIC_NAME, partitions);
    }

    /** Deletes a topic. */
    public Metadata removeTopic(String name) {
        return replay(new RemoveTopicRecord().setTopicId(idOf(name)));
    }

    /** Sets a setting of all nodes at run time. */
    public Metadata nodeConfig(String key, String value) {
        return replay(new ConfigRecord()
                .setResourceType(ALL_NODES.type().id())
                .setResourceName(ALL_NODES.name())
                .setName(key)
                .setValue(value));
    }

    /** Sets a setting of a group. */
    public Metadata groupConfig(String group, String key, String value) {
        return replay(new ConfigRecord()
                .setResourceType((byte) 32)
                .setResourceName(group)
                .setName(key)
                .setValue(value));
    }

    /** The id of the topic of that name. */
    public static Uuid idOf(String topic) {
        return new Uuid(42, topic.hashCode());
    }

    private Metadata replay(ApiMessage record) {
        delta.replay(record);
        return this;
    }

    /** What came since the last call, as a coordinator is told. */
    public Change apply() {
        MetadataDelta applied = delta;
        image = applied.apply(new MetadataProvenance(offset++, 1, 0, true));
        delta = new MetadataDelta.Builder().setImage(image).build();
        return new Change(applied, image);
    }

    /** The image as of the last {@link #apply}. */
    public MetadataImage image() {
        return image;
    }

    /** A delta, and the image it led to. */
    public record Change(MetadataDelta delta, MetadataImage image) {}
}
