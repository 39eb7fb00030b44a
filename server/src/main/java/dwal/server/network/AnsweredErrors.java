package dwal.server.network;

import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterClientQuotasResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ControllerRegistrationResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeClientQuotasResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsResponseData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.PushTelemetryResponseData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AddRaftVoterResponse;
import org.apache.kafka.common.requests.AllocateProducerIdsResponse;
import org.apache.kafka.common.requests.AlterClientQuotasResponse;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsResponse;
import org.apache.kafka.common.requests.AlterPartitionResponse;
import org.apache.kafka.common.requests.AlterReplicaLogDirsResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.AssignReplicasToDirsResponse;
import org.apache.kafka.common.requests.BeginQuorumEpochResponse;
import org.apache.kafka.common.requests.BrokerHeartbeatResponse;
import org.apache.kafka.common.requests.BrokerRegistrationResponse;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.ControllerRegistrationResponse;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.DeleteTopicsResponse;
import org.apache.kafka.common.requests.DescribeClientQuotasResponse;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.apache.kafka.common.requests.DescribeProducersResponse;
import org.apache.kafka.common.requests.DescribeQuorumResponse;
import org.apache.kafka.common.requests.DescribeTopicPartitionsResponse;
import org.apache.kafka.common.requests.DescribeUserScramCredentialsResponse;
import org.apache.kafka.common.requests.ElectLeadersResponse;
import org.apache.kafka.common.requests.EndQuorumEpochResponse;
import org.apache.kafka.common.requests.EnvelopeResponse;
import org.apache.kafka.common.requests.FetchSnapshotResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.GetTelemetrySubscriptionsResponse;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListConfigResourcesResponse;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.requests.ListPartitionReassignmentsResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.apache.kafka.common.requests.PushTelemetryResponse;
import org.apache.kafka.common.requests.RemoveRaftVoterResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.requests.UnregisterBrokerResponse;
import org.apache.kafka.common.requests.UpdateFeaturesResponse;
import org.apache.kafka.common.requests.UpdateRaftVoterResponse;
import org.apache.kafka.common.requests.VoteResponse;
import org.jspecify.annotations.Nullable;

/**
 * Counts the errors in an answer, wherever its API has them, and says there what all have in common. Owned by the connection's network loop.
 *
 * <p>Kafka's response classes know where that is. Produce and Fetch are looked through here, without making objects.
 */
final class AnsweredErrors {
    private AnsweredErrors() {}

    /** Counts in {@code into} what {@code body} says. */
    static void count(ApiKeys api, short version, ApiMessage body, RequestMetrics.OfApi into) {
        if (body instanceof ProduceResponseData produced) {
            ofProduce(produced, into);
        } else if (body instanceof FetchResponseData fetched) {
            ofFetch(fetched, into);
        } else {
            AbstractResponse response = asKafkaKnowsIt(api, version, body);
            if (response != null) {
                response.errorCounts().forEach((error, times) -> {
                    if (error != Errors.NONE) {
                        into.error(error, times);
                    }
                });
            }
        }
    }

    /** Says in {@code body}, if its API can, for how many ms the client is to pause. */
    static void throttle(ApiKeys api, short version, ApiMessage body, int ms) {
        if (body instanceof ProduceResponseData produced) {
            produced.setThrottleTimeMs(ms);
        } else if (body instanceof FetchResponseData fetched) {
            fetched.setThrottleTimeMs(ms);
        } else {
            AbstractResponse response = asKafkaKnowsIt(api, version, body);
            if (response != null) {
                response.maybeSetThrottleTimeMs(ms);
            }
        }
    }

    private static void ofProduce(ProduceResponseData body, RequestMetrics.OfApi into) {
        for (var topic : body.responses()) {
            for (var partition : topic.partitionResponses()) {
                countOne(partition.errorCode(), into);
            }
        }
    }

    private static void ofFetch(FetchResponseData body, RequestMetrics.OfApi into) {
        countOne(body.errorCode(), into);
        for (var topic : body.responses()) {
            for (var partition : topic.partitions()) {
                countOne(partition.errorCode(), into);
            }
        }
    }

    private static void countOne(short code, RequestMetrics.OfApi into) {
        if (code != 0) {
            into.error(Errors.forCode(code), 1);
        }
    }

    private static @Nullable AbstractResponse asKafkaKnowsIt(ApiKeys api, short version, ApiMessage body) {
        return switch (api) {
            case LIST_OFFSETS -> new ListOffsetsResponse((ListOffsetsResponseData) body);
            case METADATA -> new MetadataResponse((MetadataResponseData) body, version);
            case OFFSET_COMMIT -> new OffsetCommitResponse((OffsetCommitResponseData) body);
            case OFFSET_FETCH -> new OffsetFetchResponse((OffsetFetchResponseData) body, version);
            case FIND_COORDINATOR -> new FindCoordinatorResponse((FindCoordinatorResponseData) body);
            case JOIN_GROUP -> new JoinGroupResponse((JoinGroupResponseData) body, version);
            case HEARTBEAT -> new HeartbeatResponse((HeartbeatResponseData) body);
            case LEAVE_GROUP -> new LeaveGroupResponse((LeaveGroupResponseData) body);
            case SYNC_GROUP -> new SyncGroupResponse((SyncGroupResponseData) body);
            case DESCRIBE_GROUPS -> new DescribeGroupsResponse((DescribeGroupsResponseData) body);
            case LIST_GROUPS -> new ListGroupsResponse((ListGroupsResponseData) body);
            case API_VERSIONS -> new ApiVersionsResponse((ApiVersionsResponseData) body);
            case CREATE_TOPICS -> new CreateTopicsResponse((CreateTopicsResponseData) body);
            case DELETE_TOPICS -> new DeleteTopicsResponse((DeleteTopicsResponseData) body);
            case DELETE_RECORDS -> new DeleteRecordsResponse((DeleteRecordsResponseData) body);
            case INIT_PRODUCER_ID -> new InitProducerIdResponse((InitProducerIdResponseData) body);
            case DESCRIBE_CONFIGS -> new DescribeConfigsResponse((DescribeConfigsResponseData) body);
            case ALTER_CONFIGS -> new AlterConfigsResponse((AlterConfigsResponseData) body);
            case ALTER_REPLICA_LOG_DIRS -> new AlterReplicaLogDirsResponse((AlterReplicaLogDirsResponseData) body);
            case DESCRIBE_LOG_DIRS -> new DescribeLogDirsResponse((DescribeLogDirsResponseData) body);
            case CREATE_PARTITIONS -> new CreatePartitionsResponse((CreatePartitionsResponseData) body);
            case DELETE_GROUPS -> new DeleteGroupsResponse((DeleteGroupsResponseData) body);
            case ELECT_LEADERS -> new ElectLeadersResponse((ElectLeadersResponseData) body);
            case DESCRIBE_CLIENT_QUOTAS -> new DescribeClientQuotasResponse((DescribeClientQuotasResponseData) body);
            case DESCRIBE_USER_SCRAM_CREDENTIALS ->
                new DescribeUserScramCredentialsResponse((DescribeUserScramCredentialsResponseData) body);
            case ALTER_CLIENT_QUOTAS -> new AlterClientQuotasResponse((AlterClientQuotasResponseData) body);
            case INCREMENTAL_ALTER_CONFIGS ->
                new IncrementalAlterConfigsResponse((IncrementalAlterConfigsResponseData) body);
            case ALTER_PARTITION_REASSIGNMENTS ->
                new AlterPartitionReassignmentsResponse((AlterPartitionReassignmentsResponseData) body);
            case LIST_PARTITION_REASSIGNMENTS ->
                new ListPartitionReassignmentsResponse((ListPartitionReassignmentsResponseData) body);
            case OFFSET_DELETE -> new OffsetDeleteResponse((OffsetDeleteResponseData) body);
            case DESCRIBE_QUORUM -> new DescribeQuorumResponse((DescribeQuorumResponseData) body);
            case UPDATE_FEATURES -> new UpdateFeaturesResponse((UpdateFeaturesResponseData) body);
            case DESCRIBE_CLUSTER -> new DescribeClusterResponse((DescribeClusterResponseData) body);
            case DESCRIBE_PRODUCERS -> new DescribeProducersResponse((DescribeProducersResponseData) body);
            case UNREGISTER_BROKER -> new UnregisterBrokerResponse((UnregisterBrokerResponseData) body);
            case CONSUMER_GROUP_HEARTBEAT ->
                new ConsumerGroupHeartbeatResponse((ConsumerGroupHeartbeatResponseData) body);
            case CONSUMER_GROUP_DESCRIBE -> new ConsumerGroupDescribeResponse((ConsumerGroupDescribeResponseData) body);
            case LIST_CONFIG_RESOURCES -> new ListConfigResourcesResponse((ListConfigResourcesResponseData) body);
            case DESCRIBE_TOPIC_PARTITIONS ->
                new DescribeTopicPartitionsResponse((DescribeTopicPartitionsResponseData) body);
            case ADD_RAFT_VOTER -> new AddRaftVoterResponse((AddRaftVoterResponseData) body);
            case REMOVE_RAFT_VOTER -> new RemoveRaftVoterResponse((RemoveRaftVoterResponseData) body);
            case GET_TELEMETRY_SUBSCRIPTIONS ->
                new GetTelemetrySubscriptionsResponse((GetTelemetrySubscriptionsResponseData) body);
            case PUSH_TELEMETRY -> new PushTelemetryResponse((PushTelemetryResponseData) body);
            case ENVELOPE -> new EnvelopeResponse((EnvelopeResponseData) body);
            case BROKER_REGISTRATION -> new BrokerRegistrationResponse((BrokerRegistrationResponseData) body);
            case BROKER_HEARTBEAT -> new BrokerHeartbeatResponse((BrokerHeartbeatResponseData) body);
            case ALTER_PARTITION -> new AlterPartitionResponse((AlterPartitionResponseData) body);
            case ALLOCATE_PRODUCER_IDS -> new AllocateProducerIdsResponse((AllocateProducerIdsResponseData) body);
            case VOTE -> new VoteResponse((VoteResponseData) body);
            case BEGIN_QUORUM_EPOCH -> new BeginQuorumEpochResponse((BeginQuorumEpochResponseData) body);
            case END_QUORUM_EPOCH -> new EndQuorumEpochResponse((EndQuorumEpochResponseData) body);
            case FETCH_SNAPSHOT -> new FetchSnapshotResponse((FetchSnapshotResponseData) body);
            case UPDATE_RAFT_VOTER -> new UpdateRaftVoterResponse((UpdateRaftVoterResponseData) body);
            case CONTROLLER_REGISTRATION ->
                new ControllerRegistrationResponse((ControllerRegistrationResponseData) body);
            case ASSIGN_REPLICAS_TO_DIRS -> new AssignReplicasToDirsResponse((AssignReplicasToDirsResponseData) body);
            case OFFSET_FOR_LEADER_EPOCH -> new OffsetsForLeaderEpochResponse((OffsetForLeaderEpochResponseData) body);
            default -> null;
        };
    }
}
