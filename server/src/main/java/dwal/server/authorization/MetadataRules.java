package dwal.server.authorization;

import static dwal.server.authorization.Rules.answer;
import static dwal.server.authorization.Rules.takeOut;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;

/** What is demanded of those who ask what there is. Any thread. */
final class MetadataRules {
    private static final short TOPIC_OPERATIONS_SINCE = 8;
    private static final short CLUSTER_OPERATIONS_UNTIL = 10;
    private static final short IDS_SINCE = 12;
    private static final Errors DENIED = Errors.TOPIC_AUTHORIZATION_FAILED;

    private final Authorization may;
    private final Topics topics;
    private final boolean createsTopics;
    private final ConfigRules configs;

    /** @param createsTopics {@code auto.create.topics.enable} */
    MetadataRules(Authorization may, Topics topics, boolean createsTopics) {
        this.may = may;
        this.topics = topics;
        this.createsTopics = createsTopics;
        this.configs = new ConfigRules(may);
    }

    ConfigRules configs() {
        return configs;
    }

    private boolean mayDescribe(RequestContext context, String topic) {
        return may.allows(context, AclOperation.DESCRIBE, ResourceType.TOPIC, topic);
    }

    private boolean mayDescribeQuietly(RequestContext context, String topic) {
        return may.allowsQuietly(context, AclOperation.DESCRIBE, ResourceType.TOPIC, topic);
    }

    // ---- Metadata

    /** DESCRIBE on topics, of which those are left out that nobody named; CREATE on those that are created by asking. */
    CompletionStage<? extends ApiMessage> metadata(
            RequestContext context, MetadataRequestData request, Handler<MetadataRequestData> next) {
        boolean all = request.topics() == null
                || (context.apiVersion() == 0 && request.topics().isEmpty());
        List<MetadataResponseTopic> refused = all ? List.of() : refused(context, request);
        boolean nothingLeft = !all && request.topics().isEmpty();
        CompletionStage<MetadataResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            if (nothingLeft) {
                // In version 0, to name none means all.
                answer.topics().clear();
            } else if (all) {
                answer.topics().removeIf(topic -> !mayDescribeQuietly(context, topic.name()));
            }
            addOperations(context, request, answer);
            refused.forEach(answer.topics()::add);
            return answer;
        });
    }

    /** Takes what is denied out of the request. */
    private List<MetadataResponseTopic> refused(RequestContext context, MetadataRequestData request) {
        List<MetadataResponseTopic> refused = new ArrayList<>(0);
        boolean byId = context.apiVersion() >= IDS_SINCE
                && request.topics().stream().anyMatch(topic -> !Uuid.ZERO_UUID.equals(topic.topicId()));
        takeOut(request.topics(), request::setTopics, topic -> {
            String name = topics.name(topic.topicId(), topic.name());
            if (name == null || (byId && Uuid.ZERO_UUID.equals(topic.topicId()))) {
                return false;
            }
            boolean describes = mayDescribe(context, name);
            boolean denied = !describes || (!byId && mayNotCreate(context, request, name));
            if (denied) {
                refused.add(refusal(topic, byId).setIsInternal(describes && Topic.isInternal(name)));
            }
            return denied;
        });
        return refused;
    }

    private static MetadataResponseTopic refusal(MetadataRequestTopic topic, boolean byId) {
        // Whether it exists is not told: to one who has its id, that is no secret.
        return new MetadataResponseTopic()
                .setErrorCode(DENIED.code())
                .setName(byId ? null : topic.name())
                .setTopicId(byId ? topic.topicId() : Uuid.ZERO_UUID);
    }

    private boolean mayNotCreate(RequestContext context, MetadataRequestData request, String topic) {
        return createsTopics
                && request.allowAutoTopicCreation()
                && !topics.exists(topic)
                && !may.allowsQuietly(context, AclOperation.CREATE, ResourceType.CLUSTER, Authorization.CLUSTER)
                && !may.allows(context, AclOperation.CREATE, ResourceType.TOPIC, topic);
    }

    private void addOperations(RequestContext context, MetadataRequestData request, MetadataResponseData answer) {
        short version = context.apiVersion();
        if (version < TOPIC_OPERATIONS_SINCE) {
            return;
        }
        if (version <= CLUSTER_OPERATIONS_UNTIL && request.includeClusterAuthorizedOperations()) {
            answer.setClusterAuthorizedOperations(clusterOperations(context));
        }
        if (request.includeTopicAuthorizedOperations()) {
            answer.topics().forEach(topic -> {
                if (topic.name() != null) {
                    topic.setTopicAuthorizedOperations(topicOperations(context, topic.name()));
                }
            });
        }
    }

    private int topicOperations(RequestContext context, String topic) {
        return may.operations(context, ResourceType.TOPIC, topic);
    }

    private int clusterOperations(RequestContext context) {
        return may.allowsOnCluster(context, AclOperation.DESCRIBE)
                ? may.operations(context, ResourceType.CLUSTER, Authorization.CLUSTER)
                : 0;
    }

    // ---- DescribeTopicPartitions

    /** DESCRIBE on topics. Filtered before the answer is cut into pages, lest a page's end tells a name. */
    CompletionStage<? extends ApiMessage> describeTopicPartitions(
            RequestContext context,
            DescribeTopicPartitionsRequestData request,
            Handler<DescribeTopicPartitionsRequestData> next) {
        var cursor = request.cursor();
        boolean all = request.topics().isEmpty();
        if (cursor != null
                && (cursor.partitionIndex() < 0
                        || (!all
                                && request.topics().stream()
                                        .noneMatch(topic -> topic.name().equals(cursor.topicName()))))) {
            return next.handle(context, request); // which refuses that
        }
        List<DescribeTopicPartitionsResponseTopic> refused = new ArrayList<>(0);
        request.setTopics(allowed(context, request, all, refused));
        if (cursor != null
                && request.topics().stream().noneMatch(topic -> topic.name().equals(cursor.topicName()))) {
            request.setCursor(null);
        }
        CompletionStage<DescribeTopicPartitionsResponseData> rest =
                request.topics().isEmpty()
                        ? CompletableFuture.completedFuture(new DescribeTopicPartitionsResponseData())
                        : answer(context, request, next);
        return rest.thenApply(answer -> {
            answer.topics()
                    .forEach(topic -> topic.setTopicAuthorizedOperations(topicOperations(context, topic.name())));
            refused.forEach(answer.topics()::add);
            return answer;
        });
    }

    private List<TopicRequest> allowed(
            RequestContext context,
            DescribeTopicPartitionsRequestData request,
            boolean all,
            List<DescribeTopicPartitionsResponseTopic> refused) {
        var names = new TreeSet<String>();
        if (all) {
            names.addAll(topics.image().get().topics().topicsByName().keySet());
        } else {
            request.topics().forEach(topic -> names.add(topic.name()));
        }
        if (request.cursor() != null) {
            names.headSet(request.cursor().topicName()).clear();
        }
        List<TopicRequest> allowed = new ArrayList<>();
        for (String name : names) {
            if (all ? mayDescribeQuietly(context, name) : mayDescribe(context, name)) {
                allowed.add(new TopicRequest().setName(name));
            } else if (!all) {
                refused.add(new DescribeTopicPartitionsResponseTopic()
                        .setErrorCode(DENIED.code())
                        .setName(name));
            }
        }
        return allowed;
    }

    // ---- DescribeCluster

    /** Nothing; but to be told what is allowed on the cluster, DESCRIBE on it. */
    CompletionStage<? extends ApiMessage> describeCluster(
            RequestContext context, DescribeClusterRequestData request, Handler<DescribeClusterRequestData> next) {
        CompletionStage<DescribeClusterResponseData> rest = answer(context, request, next);
        if (!request.includeClusterAuthorizedOperations()) {
            return rest;
        }
        return rest.thenApply(answer -> answer.errorCode() == Errors.NONE.code()
                ? answer.setClusterAuthorizedOperations(clusterOperations(context))
                : answer);
    }
}
