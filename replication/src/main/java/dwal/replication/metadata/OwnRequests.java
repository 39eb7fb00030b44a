package dwal.replication.metadata;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.apache.kafka.common.message.ControllerRegistrationResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AllocateProducerIdsRequest;
import org.apache.kafka.common.requests.AlterPartitionRequest;
import org.apache.kafka.common.requests.AssignReplicasToDirsRequest;
import org.apache.kafka.common.requests.BrokerHeartbeatRequest;
import org.apache.kafka.common.requests.BrokerRegistrationRequest;
import org.apache.kafka.common.requests.ControllerRegistrationRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.UnregisterBrokerRequest;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.metadata.BrokerHeartbeatReply;
import org.apache.kafka.metadata.BrokerRegistrationReply;
import org.jspecify.annotations.Nullable;

/** What this node itself asks of the active controller. Any thread; never blocks. */
final class OwnRequests implements ControllerLink {
    /** Longer than any of them should ever take. */
    private static final int TIMEOUT_MS = 30_000;

    private final ClusterMetadata cluster;

    OwnRequests(ClusterMetadata cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<Void> unregister(int brokerId) {
        return ask(
                ControllerRequest.Kind.MEMBERSHIP,
                ApiKeys.UNREGISTER_BROKER,
                (controller, context) -> controller.unregisterBroker(context, brokerId),
                () -> new UnregisterBrokerRequest.Builder(new UnregisterBrokerRequestData().setBrokerId(brokerId)),
                response -> {
                    check(((UnregisterBrokerResponseData) response.data()).errorCode(), null);
                    return null;
                });
    }

    @Override
    public CompletableFuture<BrokerRegistrationReply> register(BrokerRegistrationRequestData request) {
        return ask(
                ControllerRequest.Kind.MEMBERSHIP,
                ApiKeys.BROKER_REGISTRATION,
                (controller, context) -> controller.registerBroker(context, request),
                () -> new BrokerRegistrationRequest.Builder(request),
                response -> {
                    var data = (BrokerRegistrationResponseData) response.data();
                    check(data.errorCode(), null);
                    return new BrokerRegistrationReply(data.brokerEpoch());
                });
    }

    @Override
    public CompletableFuture<BrokerHeartbeatReply> heartbeat(BrokerHeartbeatRequestData request) {
        return ask(
                ControllerRequest.Kind.MEMBERSHIP,
                ApiKeys.BROKER_HEARTBEAT,
                (controller, context) -> controller.processBrokerHeartbeat(context, request),
                () -> new BrokerHeartbeatRequest.Builder(request),
                response -> {
                    var data = (BrokerHeartbeatResponseData) response.data();
                    check(data.errorCode(), null);
                    return new BrokerHeartbeatReply(
                            data.isCaughtUp(), data.isFenced(), request.wantShutDown(), data.shouldShutDown());
                });
    }

    @Override
    public CompletableFuture<Long> metadataEnd() {
        DescribeQuorumRequestData request =
                DescribeQuorumRequest.singletonRequest(Topic.CLUSTER_METADATA_TOPIC_PARTITION);
        return ask(
                ControllerRequest.Kind.MEMBERSHIP,
                ApiKeys.DESCRIBE_QUORUM,
                (controller, context) -> cluster.askOwnQuorum(request).thenApply(OwnRequests::highWatermark),
                () -> new DescribeQuorumRequest.Builder(request),
                response -> highWatermark(response.data()));
    }

    /** @throws org.apache.kafka.common.errors.NotControllerException if this was not told by the leader of the quorum */
    private static long highWatermark(ApiMessage answer) {
        var data = (DescribeQuorumResponseData) answer;
        check(data.errorCode(), data.errorMessage());
        var partition = data.topics().get(0).partitions().get(0);
        // A leader that was just elected does not know yet how far the former one came.
        if (partition.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code() || partition.highWatermark() < 0) {
            throw Errors.NOT_CONTROLLER.exception();
        }
        check(partition.errorCode(), partition.errorMessage());
        return partition.highWatermark();
    }

    /** Has the controller of this process fence a broker, by what the broker itself would say. */
    void fence(BrokerHeartbeatRequestData heartbeat) {
        var unused =
                cluster.controller().processBrokerHeartbeat(cluster.ownContext(ApiKeys.BROKER_HEARTBEAT), heartbeat);
    }

    CompletableFuture<Void> registerController(ControllerRegistrationRequestData request) {
        return ask(
                ControllerRequest.Kind.MEMBERSHIP,
                ApiKeys.CONTROLLER_REGISTRATION,
                (controller, context) -> controller.registerController(context, request),
                () -> new ControllerRegistrationRequest.Builder(request),
                response -> {
                    var data = (ControllerRegistrationResponseData) response.data();
                    check(data.errorCode(), data.errorMessage());
                    return null;
                });
    }

    CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
        return ask(
                ControllerRequest.Kind.OWN_WORK,
                ApiKeys.ALTER_PARTITION,
                (controller, context) -> controller.alterPartition(context, request),
                () -> new AlterPartitionRequest.Builder(request),
                response -> {
                    var data = (AlterPartitionResponseData) response.data();
                    askAnother(data.errorCode());
                    return data;
                });
    }

    CompletableFuture<AssignReplicasToDirsResponseData> assignDirectories(AssignReplicasToDirsRequestData request) {
        return ask(
                ControllerRequest.Kind.OWN_WORK,
                ApiKeys.ASSIGN_REPLICAS_TO_DIRS,
                (controller, context) -> controller.assignReplicasToDirs(context, request),
                () -> new AssignReplicasToDirsRequest.Builder(request),
                response -> {
                    var data = (AssignReplicasToDirsResponseData) response.data();
                    askAnother(data.errorCode());
                    return data;
                });
    }

    CompletableFuture<AllocateProducerIdsResponseData> allocateProducerIds(AllocateProducerIdsRequestData request) {
        return ask(
                ControllerRequest.Kind.OWN_WORK,
                ApiKeys.ALLOCATE_PRODUCER_IDS,
                (controller, context) -> controller.allocateProducerIds(context, request),
                () -> new AllocateProducerIdsRequest.Builder(request),
                response -> {
                    var data = (AllocateProducerIdsResponseData) response.data();
                    askAnother(data.errorCode());
                    return data;
                });
    }

    CompletableFuture<CreateTopicsResponseData> createTopics(CreateTopicsRequestData request) {
        Set<String> names = new HashSet<>();
        request.topics().forEach(topic -> names.add(topic.name()));
        return ask(
                ControllerRequest.Kind.OWN_WORK,
                ApiKeys.CREATE_TOPICS,
                (controller, context) -> controller.createTopics(context, request, names, true),
                () -> new CreateTopicsRequest.Builder(request),
                response -> {
                    var data = (CreateTopicsResponseData) response.data();
                    data.topics().forEach(topic -> askAnother(topic.errorCode()));
                    return data;
                });
    }

    /** Asks a controller in this process. */
    private interface Here<A> {
        CompletableFuture<A> ask(Controller controller, ControllerRequestContext context);
    }

    private <A> CompletableFuture<A> ask(
            ControllerRequest.Kind kind,
            ApiKeys api,
            Here<A> here,
            Supplier<AbstractRequest.Builder<?>> request,
            Function<AbstractResponse, @Nullable A> answer) {
        return cluster.askController(
                new ControllerRequest<A>() {
                    @Override
                    public Kind kind() {
                        return kind;
                    }

                    @Override
                    public CompletableFuture<A> askHere() {
                        return here.ask(cluster.controller(), cluster.ownContext(api));
                    }

                    @Override
                    public AbstractRequest.Builder<?> request() {
                        return request.get();
                    }

                    @Override
                    @SuppressWarnings("NullAway") // Void has no other value
                    public A answer(AbstractResponse response) {
                        return answer.apply(response);
                    }
                },
                TIMEOUT_MS);
    }

    private static void askAnother(short code) {
        if (code == Errors.NOT_CONTROLLER.code()) {
            throw Errors.NOT_CONTROLLER.exception();
        }
    }

    private static void check(short code, @Nullable String message) {
        Errors error = Errors.forCode(code);
        if (error != Errors.NONE) {
            throw error.exception(message);
        }
    }
}
