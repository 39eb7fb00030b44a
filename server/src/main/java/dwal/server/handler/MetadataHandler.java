package dwal.server.handler;

import dwal.environment.Clock;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopicCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * Metadata: the brokers, and for all or some topics who leads their partitions. Topics that are not there are created
 * first where client and configuration allow that, by name, not by id.
 *
 * <p>Kafka answers at once that such a topic is unknown, and the client asks again later; this handler answers when the
 * topic is there, which is a few milliseconds later, and falls back to Kafka's answer when that takes long. Any thread.
 */
final class MetadataHandler implements Handler<MetadataRequestData> {
    private static final short ALL_TOPICS_BY_EMPTY_LIST = 0;
    private static final short CREATION_IS_A_CHOICE_SINCE = 4;
    private static final short LISTENER_NOT_FOUND_SINCE = 6;
    private static final short OPERATIONS_SINCE = 8;
    private static final short CLUSTER_OPERATIONS_UNTIL = 10;
    private static final short IDS_IN_REQUESTS_SINCE = 12;

    private final ClusterMetadata metadata;
    private final AutoTopicCreation creation;
    private final Clock clock;

    MetadataHandler(ClusterMetadata metadata, AutoTopicCreation creation, Clock clock) {
        this.metadata = metadata;
        this.creation = creation;
        this.clock = clock;
    }

    @Override
    public CompletionStage<MetadataResponseData> handle(RequestContext context, MetadataRequestData request) {
        short version = context.apiVersion();
        if (isAllTopics(version, request)) {
            return CompletableFuture.completedFuture(answerAll(context, request, metadata.image()));
        }
        if (version < IDS_IN_REQUESTS_SINCE) {
            for (MetadataRequestTopic topic : request.topics()) {
                if (topic.name() == null || !topic.topicId().equals(Uuid.ZERO_UUID)) {
                    return CompletableFuture.failedFuture(
                            new InvalidRequestException("Topics are asked for by name before version 12, not by id"));
                }
            }
        }
        Set<Uuid> ids = new LinkedHashSet<>();
        Set<String> names = new LinkedHashSet<>();
        for (MetadataRequestTopic topic : request.topics()) {
            if (!topic.topicId().equals(Uuid.ZERO_UUID)) {
                ids.add(topic.topicId());
            } else if (topic.name() != null) {
                names.add(topic.name());
            }
        }
        if (!ids.isEmpty()) {
            // Ids win: names beside them are left out, as in Kafka.
            return CompletableFuture.completedFuture(
                    answerIds(new Answer(context, request, metadata.image(), ids.size()), ids));
        }
        return answerNames(context, request, names);
    }

    private static boolean isAllTopics(short version, MetadataRequestData request) {
        return request.topics() == null
                || (version == ALL_TOPICS_BY_EMPTY_LIST && request.topics().isEmpty());
    }

    private MetadataResponseData answerAll(RequestContext context, MetadataRequestData request, MetadataImage image) {
        var answer = new Answer(
                context, request, image, image.topics().topicsByName().size());
        for (TopicImage topic : image.topics().topicsByName().values()) {
            answer.add(topic);
        }
        return answer.finish();
    }

    private MetadataResponseData answerIds(Answer answer, Set<Uuid> ids) {
        for (Uuid id : ids) {
            TopicImage topic = answer.view.image().topics().getTopic(id);
            if (topic == null) {
                answer.addUnknown(id);
            } else {
                answer.add(topic);
            }
        }
        return answer.finish();
    }

    private CompletionStage<MetadataResponseData> answerNames(
            RequestContext context, MetadataRequestData request, Set<String> names) {
        MetadataImage image = metadata.image();
        boolean mayCreate = context.apiVersion() < CREATION_IS_A_CHOICE_SINCE || request.allowAutoTopicCreation();
        Collection<String> absent = mayCreate && creation.isEnabled() ? absent(image, names) : List.of();
        if (absent.isEmpty()) {
            return CompletableFuture.completedFuture(
                    answerNames(new Answer(context, request, image, names.size()), names));
        }
        return creation.create(absent, context)
                .thenApplyAsync(
                        ignored -> {
                            MetadataImage now = metadata.image();
                            if (absent(now, names).size() < absent.size()) {
                                context.times().topicCreated(clock.nanoTime());
                            }
                            return answerNames(new Answer(context, request, now, names.size()), names);
                        },
                        context.connection().loop());
    }

    private static Collection<String> absent(MetadataImage image, Set<String> names) {
        List<String> absent = new ArrayList<>(0);
        for (String name : names) {
            if (image.topics().getTopic(name) == null) {
                absent.add(name);
            }
        }
        return absent;
    }

    private static MetadataResponseData answerNames(Answer answer, Set<String> names) {
        for (String name : names) {
            TopicImage topic = answer.view.image().topics().getTopic(name);
            if (topic == null) {
                answer.add(new MetadataResponseTopic()
                        .setErrorCode(TopicNames.errorOfAbsent(name).code())
                        .setName(name)
                        .setIsInternal(Topic.isInternal(name)));
            } else {
                answer.add(topic);
            }
        }
        return answer.finish();
    }

    /** One answer in the making, all from one image. */
    private final class Answer {
        private final MetadataResponseData response = new MetadataResponseData();
        private final short version;
        private final MetadataRequestData request;
        private final ListenerView view;

        Answer(RequestContext context, MetadataRequestData request, MetadataImage image, int topics) {
            // The collection grows slowly, and would with its last element if there were no room for one more.
            response.setTopics(new MetadataResponseTopicCollection(topics + 1));
            this.version = context.apiVersion();
            this.request = request;
            this.view = new ListenerView(image, context.connection().listener());
        }

        void add(TopicImage topic) {
            List<MetadataResponsePartition> partitions =
                    new ArrayList<>(topic.partitions().size());
            topic.partitions().forEach((index, partition) -> partitions.add(describe(index, partition)));
            add(new MetadataResponseTopic()
                    .setName(topic.name())
                    .setTopicId(topic.id())
                    .setIsInternal(Topic.isInternal(topic.name()))
                    .setPartitions(partitions));
        }

        void add(MetadataResponseTopic topic) {
            if (version >= OPERATIONS_SINCE && request.includeTopicAuthorizedOperations()) {
                topic.setTopicAuthorizedOperations(AllowedOperations.ON_TOPIC);
            }
            response.topics().add(topic);
        }

        /** What may be done with it is not told: who asks by an id has no name to be judged by. */
        void addUnknown(Uuid id) {
            response.topics()
                    .add(new MetadataResponseTopic()
                            .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                            .setName(null)
                            .setTopicId(id));
        }

        MetadataResponseData finish() {
            for (Node node : view.aliveBrokers()) {
                response.brokers()
                        .add(new MetadataResponseBroker()
                                .setNodeId(node.id())
                                .setHost(node.host())
                                .setPort(node.port())
                                .setRack(node.rack()));
            }
            if (version >= OPERATIONS_SINCE
                    && version <= CLUSTER_OPERATIONS_UNTIL
                    && request.includeClusterAuthorizedOperations()) {
                response.setClusterAuthorizedOperations(AllowedOperations.ON_CLUSTER);
            }
            return response.setClusterId(metadata.clusterId()).setControllerId(view.controllerId(metadata.nodeId()));
        }

        private MetadataResponsePartition describe(int index, PartitionRegistration partition) {
            // Clients of version 0 are told of replicas that are down by an error; later ones by the list of them.
            List<Integer> replicas =
                    version == 0 ? view.alive(partition.replicas) : ListenerView.all(partition.replicas);
            List<Integer> isr = version == 0 ? view.alive(partition.isr) : ListenerView.all(partition.isr);
            Node leader = view.node(partition.leader).orElse(null);
            Errors error = Errors.NONE;
            if (leader == null) {
                error = errorOfLeader(partition.leader);
            } else if (replicas.size() < partition.replicas.length || isr.size() < partition.isr.length) {
                error = Errors.REPLICA_NOT_AVAILABLE;
            }
            return new MetadataResponsePartition()
                    .setErrorCode(error.code())
                    .setPartitionIndex(index)
                    .setLeaderId(leader == null ? MetadataResponse.NO_LEADER_ID : leader.id())
                    .setLeaderEpoch(partition.leaderEpoch)
                    .setReplicaNodes(replicas)
                    .setIsrNodes(isr)
                    .setOfflineReplicas(view.offline(partition));
        }

        private Errors errorOfLeader(int leader) {
            boolean exists = view.image().cluster().brokers().containsKey(leader);
            return exists && version >= LISTENER_NOT_FOUND_SINCE
                    ? Errors.LISTENER_NOT_FOUND
                    : Errors.LEADER_NOT_AVAILABLE;
        }
    }
}
