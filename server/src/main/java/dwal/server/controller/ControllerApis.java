package dwal.server.controller;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.config.BrokerConfig;
import dwal.server.handler.BrokerLoggers;
import dwal.server.quota.ClientQuotas;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.apache.kafka.common.message.ControllerRegistrationResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateRaftVoterRequestData;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.raft.KRaftConfigs;
import org.apache.kafka.server.config.ServerConfigs;

/**
 * What the controller of this node answers: the members of the cluster, and clients whose requests brokers forward. Those who
 * ask a controller that is not the active one are told so. Any thread.
 */
public final class ControllerApis {
    private final ClusterMetadata metadata;
    private final BrokerConfig config;
    private final ClientQuotas quotas;
    private final CompactedTopics compacted;

    /**
     * The APIs over {@code metadata}, which need not have started yet.
     *
     * @param quotas how much of it clients may change
     */
    public ControllerApis(ClusterMetadata metadata, BrokerConfig config, ClientQuotas quotas, Clock clock) {
        this.compacted = new CompactedTopics(clock);
        this.metadata = metadata;
        this.config = config;
        this.quotas = quotas;
    }

    /**
     * Adds the handlers.
     *
     * @param table for a controller's listener
     * @param finished gives the finished table
     * @param objectBytesLimit of one request, how many bytes of the heap its fields may take
     */
    public void addTo(ApiTable.Builder table, Supplier<ApiTable> finished, int objectBytesLimit) {
        addQuorum(table);
        addMembers(table);
        addTopics(table);
        addConfigs(table);
        table.add(ApiKeys.ENVELOPE, EnvelopeRequestData.class, new EnvelopeHandler(finished, objectBytesLimit))
                .add(
                        ApiKeys.DESCRIBE_CLUSTER,
                        DescribeClusterRequestData.class,
                        new DescribeControllersHandler(metadata));
    }

    /** What voters and those who follow the metadata log say to each other, and what changes the set of voters. */
    private void addQuorum(ApiTable.Builder table) {
        table.add(ApiKeys.FETCH, FetchRequestData.class, this::fetchMetadata)
                .add(ApiKeys.FETCH_SNAPSHOT, FetchSnapshotRequestData.class, this::askQuorum)
                .add(ApiKeys.VOTE, VoteRequestData.class, this::askQuorum)
                .add(ApiKeys.BEGIN_QUORUM_EPOCH, BeginQuorumEpochRequestData.class, this::askQuorum)
                .add(ApiKeys.END_QUORUM_EPOCH, EndQuorumEpochRequestData.class, this::askQuorum)
                .add(ApiKeys.DESCRIBE_QUORUM, DescribeQuorumRequestData.class, this::askQuorum)
                .add(ApiKeys.ADD_RAFT_VOTER, AddRaftVoterRequestData.class, this::askQuorum)
                .add(ApiKeys.REMOVE_RAFT_VOTER, RemoveRaftVoterRequestData.class, this::askQuorum)
                .add(ApiKeys.UPDATE_RAFT_VOTER, UpdateRaftVoterRequestData.class, this::askQuorum);
    }

    private void addMembers(ApiTable.Builder table) {
        table.add(ApiKeys.BROKER_REGISTRATION, BrokerRegistrationRequestData.class, this::registerBroker)
                .add(ApiKeys.BROKER_HEARTBEAT, BrokerHeartbeatRequestData.class, this::heartbeat)
                .add(ApiKeys.UNREGISTER_BROKER, UnregisterBrokerRequestData.class, this::unregisterBroker)
                .add(ApiKeys.CONTROLLER_REGISTRATION, ControllerRegistrationRequestData.class, this::registerController)
                .add(
                        ApiKeys.ALTER_PARTITION,
                        AlterPartitionRequestData.class,
                        (context, request) -> metadata.controller().alterPartition(of(context), request))
                .add(
                        ApiKeys.ALLOCATE_PRODUCER_IDS,
                        AllocateProducerIdsRequestData.class,
                        (context, request) -> metadata.controller().allocateProducerIds(of(context), request))
                .add(
                        ApiKeys.ASSIGN_REPLICAS_TO_DIRS,
                        AssignReplicasToDirsRequestData.class,
                        (context, request) -> metadata.controller().assignReplicasToDirs(of(context), request));
    }

    private void addTopics(ApiTable.Builder table) {
        boolean deletes = config.getBoolean(ServerConfigs.DELETE_TOPIC_ENABLE_CONFIG);
        table.add(
                        ApiKeys.CREATE_TOPICS,
                        CreateTopicsRequestData.class,
                        new CreateTopicsHandler(metadata, quotas, compacted))
                .add(
                        ApiKeys.DELETE_TOPICS,
                        DeleteTopicsRequestData.class,
                        new DeleteTopicsHandler(metadata, deletes, quotas))
                .add(
                        ApiKeys.CREATE_PARTITIONS,
                        CreatePartitionsRequestData.class,
                        new CreatePartitionsHandler(metadata, quotas))
                .add(
                        ApiKeys.ELECT_LEADERS,
                        ElectLeadersRequestData.class,
                        (context, request) ->
                                metadata.controller().electLeaders(of(context, request.timeoutMs()), request))
                .add(
                        ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                        AlterPartitionReassignmentsRequestData.class,
                        (context, request) -> metadata.controller()
                                .alterPartitionReassignments(of(context, request.timeoutMs()), request))
                .add(
                        ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                        ListPartitionReassignmentsRequestData.class,
                        (context, request) -> metadata.controller()
                                .listPartitionReassignments(of(context, request.timeoutMs()), request));
    }

    private void addConfigs(ApiTable.Builder table) {
        table.add(ApiKeys.UPDATE_FEATURES, UpdateFeaturesRequestData.class, new UpdateFeaturesHandler(metadata))
                .add(
                        ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                        IncrementalAlterConfigsRequestData.class,
                        new IncrementalAlterConfigsHandler(metadata, new BrokerLoggers(config.nodeId())))
                .add(ApiKeys.ALTER_CONFIGS, AlterConfigsRequestData.class, new AlterConfigsHandler(metadata))
                .add(
                        ApiKeys.ALTER_CLIENT_QUOTAS,
                        AlterClientQuotasRequestData.class,
                        new AlterClientQuotasHandler(metadata));
    }

    /** A long poll. */
    private CompletionStage<ApiMessage> fetchMetadata(RequestContext context, ApiMessage request) {
        context.times().onlyWaits();
        return askQuorum(context, request);
    }

    private CompletionStage<ApiMessage> askQuorum(RequestContext context, ApiMessage request) {
        return metadata.askQuorum(
                context.connection().listener(), context.correlationId(), context.apiVersion(), request);
    }

    private CompletionStage<BrokerRegistrationResponseData> registerBroker(
            RequestContext context, BrokerRegistrationRequestData request) {
        return metadata.controller()
                .registerBroker(of(context), request)
                .thenApply(reply -> new BrokerRegistrationResponseData().setBrokerEpoch(reply.epoch()));
    }

    private CompletionStage<BrokerHeartbeatResponseData> heartbeat(
            RequestContext context, BrokerHeartbeatRequestData request) {
        int patienceMs = config.getInt(KRaftConfigs.BROKER_HEARTBEAT_INTERVAL_MS_CONFIG) / 2;
        return metadata.controller()
                .processBrokerHeartbeat(of(context, patienceMs), request)
                .thenApply(reply -> {
                    metadata.onHeartbeat(
                            request.brokerId(), context.connection().id(), context.connection()::onClose);
                    return new BrokerHeartbeatResponseData()
                            .setIsCaughtUp(reply.isCaughtUp())
                            .setIsFenced(reply.isFenced())
                            .setShouldShutDown(reply.shouldShutDown());
                });
    }

    private CompletionStage<UnregisterBrokerResponseData> unregisterBroker(
            RequestContext context, UnregisterBrokerRequestData request) {
        return metadata.controller()
                .unregisterBroker(of(context), request.brokerId())
                .thenApply(nothing -> new UnregisterBrokerResponseData());
    }

    private CompletionStage<ControllerRegistrationResponseData> registerController(
            RequestContext context, ControllerRegistrationRequestData request) {
        return metadata.controller()
                .registerController(of(context), request)
                .thenApply(nothing -> new ControllerRegistrationResponseData());
    }

    private ControllerRequestContext of(RequestContext context) {
        return of(context, config.getInt(ServerConfigs.REQUEST_TIMEOUT_MS_CONFIG));
    }

    private ControllerRequestContext of(RequestContext context, int timeoutMs) {
        return ControllerContext.of(metadata, context, timeoutMs);
    }
}
