package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;

/**
 * OffsetFetch: committed offsets of one group up to version 7, of many from 8 on; of named partitions, or of all that the
 * group has. Topics are named up to version 9 and identified from 10 on. One group's failure is that group's error. Any
 * thread.
 *
 * <p>Committed offsets decide where consumers go on, so they are not told from a memory that may be out of date: a
 * coordinator that cannot be certain refuses, and the client looks for the coordinator anew.
 *
 * @param metadata what the cluster looks like now
 * @param isCertain whether this node, if it is the coordinator of a group, knows all that was ever acknowledged
 */
public record OffsetFetchHandler(Groups groups, Supplier<MetadataImage> metadata, Predicate<String> isCertain)
        implements Handler<OffsetFetchRequestData> {
    private static final short MANY_GROUPS_SINCE = 8;

    @Override
    public CompletionStage<OffsetFetchResponseData> handle(RequestContext context, OffsetFetchRequestData request) {
        List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (OffsetFetchRequestGroup group : groupsOf(context.apiVersion(), request)) {
            if (!named.add(group.groupId())) {
                // All offsets of a group are named with a few bytes: an answer for each time would be as large as one
                // likes.
                answers.add(CompletableFuture.completedFuture(
                        OffsetFetchResponse.groupError(group, Errors.INVALID_REQUEST, context.apiVersion())));
                continue;
            }
            if (!isCertain.test(group.groupId())) {
                answers.add(CompletableFuture.completedFuture(
                        OffsetFetchResponse.groupError(group, Errors.NOT_COORDINATOR, context.apiVersion())));
                continue;
            }
            answers.add(fetch(context, group, request.requireStable())
                    // Again, since what counts is the moment in which it was read.
                    .thenApply(fetched -> isCertain.test(group.groupId())
                            ? fetched
                            : OffsetFetchResponse.groupError(group, Errors.NOT_COORDINATOR, context.apiVersion()))
                    .exceptionally(
                            e -> OffsetFetchResponse.groupError(group, Errors.forException(e), context.apiVersion())));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    List<OffsetFetchResponseGroup> fetched =
                            answers.stream().map(CompletableFuture::join).toList();
                    return new OffsetFetchResponse.Builder(fetched)
                            .build(context.apiVersion())
                            .data();
                });
    }

    private static List<OffsetFetchRequestGroup> groupsOf(short version, OffsetFetchRequestData request) {
        if (version >= MANY_GROUPS_SINCE) {
            return request.groups();
        }
        var group = new OffsetFetchRequestGroup().setGroupId(request.groupId());
        if (request.topics() == null) {
            group.setTopics(null);
        } else {
            request.topics()
                    .forEach(topic -> group.topics()
                            .add(new OffsetFetchRequestTopics()
                                    .setName(topic.name())
                                    .setPartitionIndexes(topic.partitionIndexes())));
        }
        return List.of(group);
    }

    private CompletableFuture<OffsetFetchResponseGroup> fetch(
            RequestContext context, OffsetFetchRequestGroup group, boolean requireStable) {
        boolean byId = OffsetFetchRequest.useTopicIds(context.apiVersion());
        if (OffsetFetchRequest.requestAllOffsets(group)) {
            return groups.fetchOffsets(context, group, requireStable)
                    .thenApply(fetched -> byId ? withIds(fetched) : fetched);
        }
        List<OffsetFetchRequestTopics> known = new ArrayList<>();
        List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
        for (OffsetFetchRequestTopics topic : group.topics()) {
            if (byId) {
                topic.setName(nameOf(topic.topicId()));
            }
            if (byId && topic.name().isEmpty()) {
                unknown.add(unknown(topic));
            } else {
                known.add(topic);
            }
        }
        var rest = new OffsetFetchRequestGroup()
                .setGroupId(group.groupId())
                .setMemberId(group.memberId())
                .setMemberEpoch(group.memberEpoch())
                .setTopics(known);
        return groups.fetchOffsets(context, rest, requireStable).thenApply(fetched -> with(unknown, fetched));
    }

    private String nameOf(Uuid topicId) {
        TopicImage topic = metadata.get().topics().getTopic(topicId);
        return topic == null ? "" : topic.name();
    }

    private static OffsetFetchResponseTopics unknown(OffsetFetchRequestTopics topic) {
        var response =
                new OffsetFetchResponseTopics().setTopicId(topic.topicId()).setName(topic.name());
        topic.partitionIndexes()
                .forEach(partition -> response.partitions()
                        .add(new OffsetFetchResponsePartitions()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())));
        return response;
    }

    private static OffsetFetchResponseGroup with(
            List<OffsetFetchResponseTopics> unknown, OffsetFetchResponseGroup fetched) {
        if (fetched.errorCode() != Errors.NONE.code() || unknown.isEmpty()) {
            return fetched;
        }
        List<OffsetFetchResponseTopics> topics = new ArrayList<>(fetched.topics());
        topics.addAll(unknown);
        return fetched.setTopics(topics);
    }

    /** Gives each topic its id; one that no longer exists has none, so it cannot be told and is left out. */
    private OffsetFetchResponseGroup withIds(OffsetFetchResponseGroup fetched) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        for (OffsetFetchResponseTopics topic : fetched.topics()) {
            if (topic.topicId().equals(Uuid.ZERO_UUID)) {
                TopicImage known = metadata.get().topics().getTopic(topic.name());
                topic.setTopicId(known == null ? Uuid.ZERO_UUID : known.id());
            }
            if (!topic.topicId().equals(Uuid.ZERO_UUID)) {
                topics.add(topic);
            }
        }
        return fetched.setTopics(topics);
    }
}
