package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Partitions whose leader, as the metadata have it, says nothing of them: a lone copy that is offline, since its log is damaged or a
 * fault has stopped it, has nobody else to lead.
 */
record UnservedPartitions(Admin admin) {

    /** The names of those of {@code topics} by their leader. The client asks again until its time is up, if there are any. */
    Map<Integer, List<String>> byLeader(Collection<TopicDescription> topics) {
        Map<TopicPartition, Integer> leaders = new HashMap<>();
        for (TopicDescription topic : topics) {
            for (TopicPartitionInfo each : topic.partitions()) {
                if (!TopicsCommand.isLeaderless(each)) {
                    leaders.put(
                            new TopicPartition(topic.name(), each.partition()),
                            each.leader().id());
                }
            }
        }
        Map<TopicPartition, OffsetSpec> starts = new HashMap<>();
        leaders.keySet().forEach(partition -> starts.put(partition, OffsetSpec.earliest()));
        ListOffsetsResult answers = admin.listOffsets(starts);
        Map<Integer, List<String>> unserved = new TreeMap<>();
        leaders.forEach((partition, leader) -> {
            if (!isServed(answers, partition)) {
                unserved.computeIfAbsent(leader, id -> new ArrayList<>()).add(partition.toString());
            }
        });
        unserved.values().forEach(names -> names.sort(null));
        return unserved;
    }

    /** Who may not ask, or asks for a topic that has been deleted meanwhile, has learnt nothing. */
    private static boolean isServed(ListOffsetsResult answers, TopicPartition partition) {
        try {
            answers.partitionResult(partition).get();
            return true;
        } catch (ExecutionException e) {
            return !(RequestFailure.cause(e) instanceof RetriableException);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
