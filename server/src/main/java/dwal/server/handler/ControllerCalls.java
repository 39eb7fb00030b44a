package dwal.server.handler;

import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.controller.ControllerRequestContext;

/** How handlers speak with the controller. Any thread. */
final class ControllerCalls {
    /** The image of this node follows the controller within milliseconds; a client does not wait longer than this for it. */
    private static final long PATIENCE_MS = 2_000;

    private ControllerCalls() {}

    /** What the controller wants to know of the client, and until when the client waits. */
    static ControllerRequestContext context(ClusterMetadata metadata, RequestContext context, int timeoutMs) {
        var header = new RequestHeaderData()
                .setRequestApiKey(context.apiKey().id)
                .setRequestApiVersion(context.apiVersion())
                .setCorrelationId(context.correlationId())
                .setClientId(context.clientId());
        return metadata.context(header, context.connection().principal(), timeoutMs);
    }

    /** Runs {@code call}; what it throws becomes a failed future. */
    static <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** The ids of the topics that {@code answer} says were created. */
    static Set<Uuid> createdIds(CreateTopicsResponseData answer) {
        Set<Uuid> ids = new HashSet<>();
        answer.topics().forEach(topic -> {
            if (topic.errorCode() == Errors.NONE.code()) {
                ids.add(topic.topicId());
            }
        });
        return ids;
    }

    /**
     * {@code answer}, once this node's image has all topics {@code ids}: a client that creates a topic and then asks for
     * it on the same node finds it.
     */
    static <T> CompletableFuture<T> visible(ClusterMetadata metadata, Set<Uuid> ids, T answer) {
        return metadata.await(
                        image -> {
                            for (Uuid id : ids) {
                                if (image.topics().getTopic(id) == null) {
                                    return false;
                                }
                            }
                            return true;
                        },
                        PATIENCE_MS)
                .thenApply(image -> answer);
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
}
