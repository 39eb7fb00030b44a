package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * FindCoordinator: which node leads the partition of {@code __consumer_offsets} that holds a group; one key up to version
 * 3, many from 4 on. Asking makes the topic when it is not there. Any thread.
 *
 * @param metadata what the cluster looks like now
 * @param createOffsetsTopic begins to create {@code __consumer_offsets}, unless that is under way, and returns at once
 * @param transactions told of who asks for them
 */
record FindCoordinatorHandler(
        Supplier<MetadataImage> metadata, Runnable createOffsetsTopic, RefusedTransactions transactions)
        implements Handler<FindCoordinatorRequestData> {
    /** librdkafka asks in no higher version than the one before, Java clients since 2.3 in no lower one. */
    private static final short NOT_OF_LIBRDKAFKA_SINCE = 3;

    private static final short MANY_KEYS_SINCE = 4;
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final byte SHARE = 2;

    /** Where a coordinator is, or why there is none. */
    private record Answer(Errors error, String message, Node node) {
        static Answer at(Node node) {
            return new Answer(Errors.NONE, "", node);
        }

        static Answer no(Errors error, String message) {
            return new Answer(error, message, Node.noNode());
        }
    }

    @Override
    public CompletionStage<FindCoordinatorResponseData> handle(
            RequestContext context, FindCoordinatorRequestData request) {
        var response = new FindCoordinatorResponseData();
        if (context.apiVersion() < MANY_KEYS_SINCE) {
            Answer answer = find(context, request.keyType(), request.key());
            response.setErrorCode(answer.error.code())
                    .setErrorMessage(answer.error == Errors.NONE ? Errors.NONE.message() : answer.message)
                    .setNodeId(answer.node.id())
                    .setHost(answer.node.host())
                    .setPort(answer.node.port());
        } else {
            for (String key : request.coordinatorKeys()) {
                Answer answer = find(context, request.keyType(), key);
                response.coordinators()
                        .add(new Coordinator()
                                .setKey(key)
                                .setErrorCode(answer.error.code())
                                .setErrorMessage(answer.message)
                                .setNodeId(answer.node.id())
                                .setHost(answer.node.host())
                                .setPort(answer.node.port()));
            }
        }
        return CompletableFuture.completedFuture(response);
    }

    private Answer find(RequestContext context, byte keyType, String key) {
        return switch (keyType) {
            case GROUP -> findGroup(context, key);
            case TRANSACTION -> noTransactions(context);
            case SHARE -> Answer.no(Errors.INVALID_REQUEST, "Share groups are not supported yet");
            default -> Answer.no(Errors.INVALID_REQUEST, "There is no coordinator of type " + keyType);
        };
    }

    /**
     * With the error after which a client gives up. To librdkafka that is only one about authorization, whose message it shows;
     * after any other it asks until its user's patience ends, and does not say why.
     */
    private Answer noTransactions(RequestContext context) {
        transactions.note(context);
        Errors error = context.apiVersion() < NOT_OF_LIBRDKAFKA_SINCE
                ? Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
                : Errors.UNSUPPORTED_VERSION;
        return Answer.no(error, RefusedTransactions.REASON);
    }

    private Answer findGroup(RequestContext context, String group) {
        MetadataImage image = metadata.get();
        TopicImage offsets = image.topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME);
        if (offsets == null) {
            createOffsetsTopic.run();
            return Answer.no(
                    Errors.COORDINATOR_NOT_AVAILABLE,
                    Topic.GROUP_METADATA_TOPIC_NAME + " is being created; try again soon");
        }
        int index = Groups.partitionOf(group, offsets.partitions().size());
        PartitionRegistration partition = offsets.partitions().get(index);
        return Optional.ofNullable(partition)
                .flatMap(led -> endpoint(image, led.leader, context.connection().listener()))
                .map(Answer::at)
                .orElseGet(() -> Answer.no(
                        Errors.COORDINATOR_NOT_AVAILABLE,
                        "Partition " + index + " of " + Topic.GROUP_METADATA_TOPIC_NAME
                                + " has no leader that can be reached through listener "
                                + context.connection().listener()));
    }

    private static Optional<Node> endpoint(MetadataImage image, int nodeId, String listener) {
        BrokerRegistration broker = image.cluster().broker(nodeId);
        return broker == null || broker.fenced() ? Optional.empty() : broker.node(listener);
    }
}
