package dwal.server;

import dwal.coordinator.Groups;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import dwal.replication.metadata.ClusterMetadata;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * Of which groups this node is the coordinator and knows all that was ever acknowledged: nobody can have taken over from it, and
 * it knows as high a high watermark as any leader of the group's partition before it. Coordinators answer from what is
 * committed; one that has just taken over may not know yet that what the former acknowledged is. Any thread.
 */
record CertainCoordinators(
        int nodeId, BooleanSupplier isCertain, Supplier<MetadataImage> metadata, Partitions partitions)
        implements Predicate<String> {

    /** Of the node that {@code metadata} belongs to. */
    static CertainCoordinators of(ClusterMetadata metadata, Partitions partitions) {
        return new CertainCoordinators(metadata.nodeId(), metadata::isCertain, metadata::image, partitions);
    }

    @Override
    public boolean test(String group) {
        // First, since the image that counts is the one that is there when this is so.
        boolean certain = isCertain.getAsBoolean();
        TopicImage offsets = metadata.get().topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME);
        if (offsets == null) {
            return true;
        }
        int index = Groups.partitionOf(group, offsets.partitions().size());
        PartitionRegistration registered = offsets.partitions().get(index);
        Partition led = partitions.find(new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, index));
        return certain
                && registered != null
                && registered.leader == nodeId
                && (led == null || led.knowsHighWatermark());
    }
}
