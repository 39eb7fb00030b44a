package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.KeySpread;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.quota.ClientQuotas;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResultCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.server.quota.ControllerMutationQuota;
import org.jspecify.annotations.Nullable;

/**
 * DeleteTopics, by name or by id; a topic named twice, in whichever way, is not deleted but refused. Any thread.
 *
 * @param metadata the cluster that the topics are in
 * @param enabled {@code delete.topic.enable}
 * @param quotas how many partitions a client may delete
 */
record DeleteTopicsHandler(ClusterMetadata metadata, boolean enabled, ClientQuotas quotas)
        implements Handler<DeleteTopicsRequestData> {
    private static final int STRICT_SINCE = 5;
    private static final short DISABLED_KNOWN_SINCE = 3;
    /** Those without a name have one place in the table of an answer ({@link KeySpread}); of more, clients say that nothing was told. */
    private static final int NAMELESS_TOLD = KeySpread.FEW;

    @Override
    public CompletionStage<DeleteTopicsResponseData> handle(RequestContext context, DeleteTopicsRequestData request) {
        if (!enabled) {
            return CompletableFuture.failedFuture(
                    context.apiVersion() < DISABLED_KNOWN_SINCE
                            ? new InvalidRequestException("This version does not support topic deletion.")
                            : new TopicDeletionDisabledException());
        }
        ControllerMutationQuota quota = quotas.mutations(context, STRICT_SINCE);
        var controllerContext = ControllerContext.of(metadata, context, request.timeoutMs(), quota);
        var deletion = new Deletion(
                controllerContext,
                metadata.controller(),
                request.topics().size() + request.topicNames().size());
        deletion.collect(request);
        return deletion.resolveIds()
                .thenCompose(ignored -> deletion.resolveNames())
                .thenCompose(ignored -> deletion.delete())
                .thenApply(ignored -> deletion.response.setThrottleTimeMs(quotas.pauseAfter(context, quota)));
    }

    /** One request on its way through: what to delete, and what was answered so far. */
    private static final class Deletion {
        private final DeleteTopicsResponseData response = new DeleteTopicsResponseData();
        private final ControllerRequestContext context;
        private final Controller controller;
        private final Set<String> names = new HashSet<>();
        private final Set<Uuid> ids = new HashSet<>();
        private final Map<Uuid, String> topics = new HashMap<>();

        private int nameless;

        Deletion(ControllerRequestContext context, Controller controller, int topics) {
            // The collection grows slowly, and would with its last element if there were no room for one more.
            response.setResponses(new DeletableTopicResultCollection(topics + 1));
            this.context = context;
            this.controller = controller;
        }

        /** Takes names and ids from the request, and refuses what is named twice. */
        void collect(DeleteTopicsRequestData request) {
            Set<String> namesTwice = new HashSet<>();
            Set<Uuid> idsTwice = new HashSet<>();
            request.topicNames().forEach(name -> add(name, names, namesTwice));
            for (DeleteTopicState topic : request.topics()) {
                boolean noId = topic.topicId().equals(Uuid.ZERO_UUID);
                if (topic.name() == null && noId) {
                    refuse(null, Uuid.ZERO_UUID, "Neither topic name nor id were specified.");
                } else if (topic.name() != null && !noId) {
                    refuse(topic.name(), topic.topicId(), "You may not specify both topic name and topic id.");
                } else if (topic.name() != null) {
                    add(topic.name(), names, namesTwice);
                } else {
                    add(topic.topicId(), ids, idsTwice);
                }
            }
            names.removeAll(namesTwice);
            ids.removeAll(idsTwice);
            namesTwice.forEach(name -> refuse(name, Uuid.ZERO_UUID, "Duplicate topic name."));
            idsTwice.forEach(id -> refuse(null, id, "Duplicate topic id."));
        }

        CompletableFuture<?> resolveIds() {
            return controller
                    .findTopicNames(context, ids)
                    .thenAccept(found -> found.forEach((id, name) -> {
                        if (name.isError()) {
                            answer(null, id, name.error());
                        } else {
                            topics.put(id, name.result());
                        }
                    }));
        }

        CompletableFuture<?> resolveNames() {
            return controller
                    .findTopicIds(context, names)
                    .thenAccept(found -> found.forEach((name, id) -> {
                        if (id.isError()) {
                            answer(name, Uuid.ZERO_UUID, id.error());
                        } else if (topics.put(id.result(), name) != null) {
                            topics.remove(id.result());
                            refuse(
                                    name,
                                    id.result(),
                                    "The provided topic name maps to an ID that was already supplied.");
                        }
                    }));
        }

        CompletableFuture<?> delete() {
            return controller
                    .deleteTopics(context, topics.keySet())
                    .thenAccept(results -> results.forEach((id, error) -> answer(topics.get(id), id, error)));
        }

        private static <T> void add(T item, Set<T> once, Set<T> twice) {
            if (!once.add(item)) {
                twice.add(item);
            }
        }

        private void refuse(@Nullable String name, Uuid id, String reason) {
            answer(name, id, new ApiError(Errors.INVALID_REQUEST, reason));
        }

        private void answer(@Nullable String name, Uuid id, ApiError error) {
            if (name == null && ++nameless > NAMELESS_TOLD) {
                return;
            }
            response.responses()
                    .add(new DeletableTopicResult()
                            .setName(name)
                            .setTopicId(id)
                            .setErrorCode(error.error().code())
                            .setErrorMessage(error.message()));
        }
    }
}
