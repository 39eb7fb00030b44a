package dwal.server.authorization;

import static dwal.server.authorization.Rules.and;
import static dwal.server.authorization.Rules.answer;
import static dwal.server.authorization.Rules.takeOut;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * What each API of a controller demands, as in Kafka's ControllerApis: of members of the cluster, and of clients in whose name
 * brokers pass requests on. Any thread.
 */
record ControllerRules(Authorization may, Topics topics) {
    private static final Errors DENIED = Errors.TOPIC_AUTHORIZATION_FAILED;

    /** @param may decides */
    static Rules of(Authorization may, Topics topics) {
        var rules = new Rules(may);
        var controller = new ControllerRules(may, topics);
        var configs = new ConfigRules(may);
        rules.free(ApiKeys.API_VERSIONS);
        rules.onCluster(
                AclOperation.CLUSTER_ACTION,
                ApiKeys.FETCH,
                ApiKeys.FETCH_SNAPSHOT,
                ApiKeys.VOTE,
                ApiKeys.BEGIN_QUORUM_EPOCH,
                ApiKeys.END_QUORUM_EPOCH,
                ApiKeys.UPDATE_RAFT_VOTER,
                ApiKeys.BROKER_REGISTRATION,
                ApiKeys.BROKER_HEARTBEAT,
                ApiKeys.CONTROLLER_REGISTRATION,
                ApiKeys.ALTER_PARTITION,
                ApiKeys.ALLOCATE_PRODUCER_IDS,
                ApiKeys.ASSIGN_REPLICAS_TO_DIRS,
                ApiKeys.ENVELOPE);
        rules.onCluster(
                AclOperation.DESCRIBE,
                ApiKeys.DESCRIBE_QUORUM,
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                ApiKeys.DESCRIBE_ACLS);
        rules.onCluster(
                AclOperation.ALTER,
                ApiKeys.CREATE_ACLS,
                ApiKeys.DELETE_ACLS,
                ApiKeys.ELECT_LEADERS,
                ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                ApiKeys.UNREGISTER_BROKER,
                ApiKeys.UPDATE_FEATURES,
                ApiKeys.ADD_RAFT_VOTER,
                ApiKeys.REMOVE_RAFT_VOTER,
                ApiKeys.DESCRIBE_CLUSTER);
        rules.onCluster(AclOperation.ALTER_CONFIGS, ApiKeys.ALTER_CLIENT_QUOTAS);
        rules.add(ApiKeys.CREATE_TOPICS, CreateTopicsRequestData.class, controller::createTopics)
                .add(ApiKeys.DELETE_TOPICS, DeleteTopicsRequestData.class, controller::deleteTopics)
                .add(ApiKeys.CREATE_PARTITIONS, CreatePartitionsRequestData.class, controller::createPartitions)
                .add(ApiKeys.DESCRIBE_CONFIGS, DescribeConfigsRequestData.class, configs::describe)
                .add(ApiKeys.ALTER_CONFIGS, AlterConfigsRequestData.class, configs::alter)
                .add(
                        ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                        IncrementalAlterConfigsRequestData.class,
                        configs::alterIncrementally);
        return rules;
    }

    private boolean quietly(RequestContext context, AclOperation operation, ResourceType type, String name) {
        return may.allowsQuietly(context, operation, type, name);
    }

    /** CREATE on the cluster or the topic; DESCRIBE_CONFIGS on the topic to be told how it was configured. */
    private CompletionStage<? extends ApiMessage> createTopics(
            RequestContext context, CreateTopicsRequestData request, Handler<CreateTopicsRequestData> next) {
        boolean all = quietly(context, AclOperation.CREATE, ResourceType.CLUSTER, Authorization.CLUSTER);
        List<CreatableTopic> denied = all
                ? List.of()
                : takeOut(
                        request.topics(),
                        topic -> !topic.name().equals(Topic.CLUSTER_METADATA_TOPIC_NAME)
                                && !may.allows(context, AclOperation.CREATE, ResourceType.TOPIC, topic.name()));
        Set<String> names = new HashSet<>();
        denied.forEach(topic -> names.add(topic.name()));
        CompletionStage<CreateTopicsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            answer.topics().forEach(topic -> hideConfigs(context, topic));
            names.forEach(name -> answer.topics()
                    .add(new CreatableTopicResult()
                            .setName(name)
                            .setErrorCode(DENIED.code())
                            .setErrorMessage("Authorization failed.")));
            return answer;
        });
    }

    private void hideConfigs(RequestContext context, CreatableTopicResult topic) {
        if (topic.errorCode() == Errors.NONE.code()
                && !quietly(context, AclOperation.DESCRIBE_CONFIGS, ResourceType.TOPIC, topic.name())) {
            topic.setTopicConfigErrorCode(DENIED.code())
                    .setNumPartitions(-1)
                    .setReplicationFactor((short) -1)
                    .setConfigs(new ArrayList<>());
        }
    }

    /** DELETE on the cluster or the topic; DESCRIBE on the topic to be told that it exists. */
    private CompletionStage<? extends ApiMessage> deleteTopics(
            RequestContext context, DeleteTopicsRequestData request, Handler<DeleteTopicsRequestData> next) {
        List<DeletableTopicResult> refused = new ArrayList<>();
        if (!quietly(context, AclOperation.DELETE, ResourceType.CLUSTER, Authorization.CLUSTER)) {
            takeOut(
                    request.topicNames(),
                    request::setTopicNames,
                    name -> isRefused(context, name, Uuid.ZERO_UUID, refused));
            takeOut(
                    request.topics(),
                    request::setTopics,
                    topic -> (topic.name() == null) != Uuid.ZERO_UUID.equals(topic.topicId())
                            && isRefused(context, topic.name(), topic.topicId(), refused));
        }
        CompletionStage<DeleteTopicsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            refused.forEach(answer.responses()::add);
            return answer;
        });
    }

    private boolean isRefused(
            RequestContext context, @Nullable String given, Uuid id, List<DeletableTopicResult> refused) {
        String name = topics.name(id, given);
        if (name == null) {
            return false;
        }
        boolean seen = quietly(context, AclOperation.DESCRIBE, ResourceType.TOPIC, name);
        if (seen && !topics.exists(name)) {
            return false;
        }
        if (may.allows(context, AclOperation.DELETE, ResourceType.TOPIC, name)) {
            return false;
        }
        refused.add(new DeletableTopicResult()
                .setName(seen || given != null ? name : null)
                .setTopicId(id)
                .setErrorCode(DENIED.code())
                .setErrorMessage(DENIED.message()));
        return true;
    }

    private CompletionStage<? extends ApiMessage> createPartitions(
            RequestContext context, CreatePartitionsRequestData request, Handler<CreatePartitionsRequestData> next) {
        List<CreatePartitionsTopic> denied = takeOut(
                request.topics(), topic -> !may.allows(context, AclOperation.ALTER, ResourceType.TOPIC, topic.name()));
        CompletionStage<CreatePartitionsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> answer.setResults(and(
                answer.results(),
                denied,
                topic -> new CreatePartitionsTopicResult().setName(topic.name()).setErrorCode(DENIED.code()))));
    }
}
