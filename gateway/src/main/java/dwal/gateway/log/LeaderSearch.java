package dwal.gateway.log;

import dwal.environment.Clock;
import dwal.server.DoorSettings;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the leader of a partition, and again when it has moved. Any thread; nothing blocks, and no returned future fails. */
final class LeaderSearch {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderSearch.class);
    private static final long RETRY_MS = 50;
    private static final long CREATION_RETRY_MS = 500;

    /** What passes: a leader changes, or does not know yet what is committed; a topic is new. */
    private static final Set<Errors> PASSING = Set.of(
            Errors.NOT_LEADER_OR_FOLLOWER,
            Errors.LEADER_NOT_AVAILABLE,
            Errors.OFFSET_NOT_AVAILABLE,
            Errors.REPLICA_NOT_AVAILABLE,
            Errors.UNKNOWN_TOPIC_OR_PARTITION,
            Errors.UNKNOWN_TOPIC_ID,
            Errors.INCONSISTENT_TOPIC_ID);

    /** A topic that is not there stays so. */
    static final BooleanSupplier NEVER = () -> false;

    private final Supplier<MetadataImage> metadata;
    private final Clock clock;
    private final DoorSettings settings;

    LeaderSearch(Supplier<MetadataImage> metadata, Clock clock, DoorSettings settings) {
        this.metadata = metadata;
        this.clock = clock;
        this.settings = settings;
    }

    /** Where a partition is. */
    record Place(TopicPartition partition, Uuid topicId, int leader) {}

    /** Why the topic is not told of; null if it is. */
    static <T> @Nullable Answer<T> whyNotSeen(KafkaRequests line, String topic) {
        return line.whyNot(ApiKeys.METADATA, AclOperation.DESCRIBE, ResourceType.TOPIC, topic);
    }

    /**
     * Makes {@code attempt} at the leader of {@code partition} until it works, fails for good, or time is up. What went wrong in a
     * way that nobody thought of is a refusal too.
     *
     * @param creates {@link #NEVER}, or whether it is tried again to create a topic that is not there: that it is once, if the settings
     *     allow, in any case
     * @param mayRepeat whether it does no harm if the leader has done it, and its answer was lost
     */
    <T> CompletableFuture<Answer<T>> persistently(
            KafkaRequests line,
            TopicPartition partition,
            BooleanSupplier creates,
            boolean mayRepeat,
            Function<Place, CompletableFuture<Answer<T>>> attempt) {
        Answer<T> notYet = line.whyNotYet();
        if (notYet != null) {
            return CompletableFuture.completedFuture(notYet);
        }
        // Lest it be told from what the node knows whether there is such a topic.
        Answer<T> unseen = whyNotSeen(line, partition.topic());
        if (unseen != null) {
            return CompletableFuture.completedFuture(unseen);
        }
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs());
        boolean creatable = settings.createTopics() && !Topic.isInternal(partition.topic());
        return retrying(line, partition, deadline, creatable ? creates : NEVER, mayRepeat, attempt)
                .exceptionally(defect -> {
                    LOG.error("A request to the log of {} failed by a defect of this node", partition, defect);
                    return Answer.refused(Errors.UNKNOWN_SERVER_ERROR, "The node made a mistake; its log says more");
                });
    }

    /** Tries until it works, or fails for good, or time is up. */
    private <T> CompletableFuture<Answer<T>> retrying(
            KafkaRequests line,
            TopicPartition partition,
            long deadline,
            BooleanSupplier creates,
            boolean mayRepeat,
            Function<Place, CompletableFuture<Answer<T>>> attempt) {
        CompletableFuture<Answer<T>> tried = find(line, partition, creates != NEVER)
                .thenCompose(place -> place.isRefused()
                        ? CompletableFuture.completedFuture(place.refusedToo())
                        : attempt.apply(place.get()));
        return tried.thenCompose(answer -> {
            boolean there = isThere(partition);
            boolean passes = PASSING.contains(answer.error())
                    && (there || (topic(partition.topic()) == null && creates.getAsBoolean()));
            boolean again = passes || (mayRepeat && answer.error() == Errors.NETWORK_EXCEPTION);
            if (!again || clock.nanoTime() - deadline >= 0) {
                return CompletableFuture.completedFuture(answer);
            }
            return line.pause(there ? RETRY_MS : CREATION_RETRY_MS)
                    .thenCompose(over -> retrying(line, partition, deadline, creates, mayRepeat, attempt));
        });
    }

    private boolean isThere(TopicPartition partition) {
        TopicImage topic = topic(partition.topic());
        return topic != null && topic.partitions().containsKey(partition.partition());
    }

    /** The topic as this node knows it; null if it does not. */
    @Nullable
    TopicImage topic(String name) {
        return metadata.get().topics().getTopic(name);
    }

    private CompletableFuture<Answer<Place>> find(KafkaRequests line, TopicPartition partition, boolean mayCreate) {
        return topic(partition.topic()) != null || !mayCreate
                ? CompletableFuture.completedFuture(place(partition))
                : create(line, partition.topic())
                        .thenApply(created -> created.isRefused() ? created.refusedToo() : place(partition));
    }

    private Answer<Place> place(TopicPartition partition) {
        TopicImage topic = topic(partition.topic());
        if (topic == null) {
            return Answer.refused(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "There is no topic " + partition.topic()
                            + (settings.createTopics() ? "" : ", and auto.create.topics.enable=false"));
        }
        PartitionRegistration found = topic.partitions().get(partition.partition());
        if (found == null) {
            return Answer.refused(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "Topic " + partition.topic() + " has no partition " + partition.partition() + ", but "
                            + topic.partitions().size() + ", numbered from 0");
        }
        return found.leader < 0
                ? Answer.refused(Errors.LEADER_NOT_AVAILABLE, "The log of " + partition + " has no leader now")
                : Answer.of(new Place(partition, topic.id(), found.leader));
    }

    /** As a client that asks for the topic does; whether it is there soon is seen in the metadata. */
    private CompletableFuture<Answer<Boolean>> create(KafkaRequests line, String topic) {
        var request = new MetadataRequestData()
                .setAllowAutoTopicCreation(true)
                .setTopics(List.of(new MetadataRequestTopic().setName(topic)));
        return line.<MetadataResponseData, Boolean>askHere(ApiKeys.METADATA, request, answer -> {
            MetadataResponseTopic told = answer.topics().iterator().next();
            Errors error = Errors.forCode(told.errorCode());
            return error == Errors.NONE || PASSING.contains(error)
                    ? Answer.of(Boolean.TRUE)
                    : Answer.refused(
                            error, "There is no topic " + topic + ", and it cannot be created: " + error.message());
        });
    }
}
