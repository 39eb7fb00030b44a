package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopicCollection;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;

/**
 * DescribeTopicPartitions: topics by name, in parts of bounded size; the cursor says where the next part begins. Any
 * thread.
 *
 * @param metadata what the cluster looks like now
 * @param partitionLimit the most partitions of one answer, whatever the client asks for
 */
record DescribeTopicPartitionsHandler(Supplier<MetadataImage> metadata, int partitionLimit)
        implements Handler<DescribeTopicPartitionsRequestData> {

    @Override
    public CompletionStage<DescribeTopicPartitionsResponseData> handle(
            RequestContext context, DescribeTopicPartitionsRequestData request) {
        var view = new ListenerView(metadata.get(), context.connection().listener());
        var cursor = request.cursor();
        String first = cursor == null ? "" : cursor.topicName();
        boolean all = request.topics().isEmpty();
        var names = new TreeSet<String>();
        if (all) {
            names.addAll(view.image().topics().topicsByName().keySet());
        } else {
            for (TopicRequest topic : request.topics()) {
                names.add(topic.name());
            }
        }
        names.headSet(first).clear();
        if (cursor != null) {
            if (!all && !names.contains(first)) {
                return refuse("DescribeTopicPartitionsRequest topic list should contain the cursor topic: " + first);
            }
            if (cursor.partitionIndex() < 0) {
                return refuse("DescribeTopicPartitionsRequest cursor partition must be valid: " + cursor);
            }
        }
        int limit = Math.max(Math.min(partitionLimit, request.responsePartitionLimit()), 1);
        var page = new Page(view, limit, all, all ? limit : names.size());
        for (String name : names) {
            int from = cursor != null && name.equals(first) ? cursor.partitionIndex() : 0;
            if (!page.add(name, from)) {
                break;
            }
        }
        return CompletableFuture.completedFuture(page.response);
    }

    private static CompletionStage<DescribeTopicPartitionsResponseData> refuse(String reason) {
        return CompletableFuture.failedFuture(new InvalidRequestException(reason));
    }

    /** One answer in the making. */
    private static final class Page {
        private final DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
        private final ListenerView view;
        private final boolean skipAbsent;
        private int room;

        Page(ListenerView view, int room, boolean skipAbsent, int topics) {
            // The collection grows slowly, and would with its last element if there were no room for one more.
            response.setTopics(new DescribeTopicPartitionsResponseTopicCollection(topics + 1));
            this.view = view;
            this.room = room;
            this.skipAbsent = skipAbsent;
        }

        /** Adds a topic from partition {@code from} on; false when the page is full and its cursor set. */
        boolean add(String name, int from) {
            if (room == 0) {
                response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(0));
                return false;
            }
            TopicImage topic = view.image().topics().getTopic(name);
            if (topic == null) {
                addAbsent(name);
                return true;
            }
            int end = Math.min(topic.partitions().size(), from + Math.min(room, Integer.MAX_VALUE - from));
            List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>();
            for (int index = from; index < end; index++) {
                PartitionRegistration partition = topic.partitions().get(index);
                if (partition != null) {
                    partitions.add(describe(index, partition));
                }
            }
            addTopic(new DescribeTopicPartitionsResponseTopic()
                    .setName(name)
                    .setTopicId(topic.id())
                    .setIsInternal(Topic.isInternal(name))
                    .setPartitions(partitions));
            room -= partitions.size();
            if (end < topic.partitions().size()) {
                response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(end));
                return false;
            }
            return true;
        }

        private void addAbsent(String name) {
            if (!skipAbsent) {
                addTopic(new DescribeTopicPartitionsResponseTopic()
                        .setErrorCode(TopicNames.errorOfAbsent(name).code())
                        .setName(name)
                        .setIsInternal(Topic.isInternal(name)));
            }
        }

        private void addTopic(DescribeTopicPartitionsResponseTopic topic) {
            response.topics().add(topic.setTopicAuthorizedOperations(AllowedOperations.ON_TOPIC));
        }

        private DescribeTopicPartitionsResponsePartition describe(int index, PartitionRegistration partition) {
            @Nullable Node leader = view.node(partition.leader).orElse(null);
            return new DescribeTopicPartitionsResponsePartition()
                    .setPartitionIndex(index)
                    .setLeaderId(leader == null ? MetadataResponse.NO_LEADER_ID : leader.id())
                    .setLeaderEpoch(partition.leaderEpoch)
                    .setReplicaNodes(ListenerView.all(partition.replicas))
                    .setIsrNodes(ListenerView.all(partition.isr))
                    .setOfflineReplicas(view.offline(partition))
                    .setEligibleLeaderReplicas(ListenerView.all(partition.elr))
                    .setLastKnownElr(ListenerView.all(partition.lastKnownElr));
        }
    }
}
