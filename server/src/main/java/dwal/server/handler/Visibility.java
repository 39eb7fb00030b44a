package dwal.server.handler;

import dwal.replication.metadata.ClusterMetadata;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;

/** Waits until what the controller has done stands in the metadata of this node, too. Any thread. */
final class Visibility {
    /** The image of this node follows the controller within milliseconds; a client does not wait longer than this for it. */
    private static final long PATIENCE_MS = 2_000;

    private Visibility() {}

    /**
     * {@code answer}, once this node's image has all topics that it says were created: a client that creates a topic and then
     * asks for it on the same node finds it.
     */
    static CompletableFuture<CreateTopicsResponseData> created(
            ClusterMetadata metadata, CreateTopicsResponseData answer) {
        return metadata.await(image -> answer.topics().stream().allMatch(topic -> isThere(image, topic)), PATIENCE_MS)
                .thenApply(image -> answer);
    }

    private static boolean isThere(MetadataImage image, CreatableTopicResult topic) {
        if (topic.errorCode() != Errors.NONE.code()) {
            return true;
        }
        // Answers of older versions do not tell ids.
        return topic.topicId().equals(Uuid.ZERO_UUID)
                ? image.topics().getTopic(topic.name()) != null
                : image.topics().getTopic(topic.topicId()) != null;
    }

    /** {@code answer}, once this node's image has none of the topics {@code ids}. */
    static <T> CompletableFuture<T> gone(ClusterMetadata metadata, Set<Uuid> ids, T answer) {
        return metadata.await(
                        image -> {
                            for (Uuid id : ids) {
                                if (image.topics().getTopic(id) != null) {
                                    return false;
                                }
                            }
                            return true;
                        },
                        PATIENCE_MS)
                .thenApply(image -> answer);
    }

    /** {@code answer}, once this node's image has topic {@code name} with at least {@code partitions} partitions. */
    static <T> CompletableFuture<T> grown(ClusterMetadata metadata, String name, int partitions, T answer) {
        return metadata.await(
                        image -> {
                            var topic = image.topics().getTopic(name);
                            return topic == null || topic.partitions().size() >= partitions;
                        },
                        PATIENCE_MS)
                .thenApply(image -> answer);
    }

    /** {@code answer}, once this node's image meets {@code condition}. */
    static <T> CompletableFuture<T> of(ClusterMetadata metadata, Predicate<MetadataImage> condition, T answer) {
        return metadata.await(condition, PATIENCE_MS).thenApply(image -> answer);
    }
}
