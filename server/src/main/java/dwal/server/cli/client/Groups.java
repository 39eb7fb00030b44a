package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a cluster tells about consumer groups. One thread. */
record Groups(Admin admin) implements Where.Bounds {
    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    /**
     * How far a group is in one partition.
     *
     * @param committed where it goes on, null if it has not said
     * @param end where the next record will be, null if nobody tells
     * @param member the member that has the partition, null if none has
     */
    record Progress(
            TopicPartition id,
            @Nullable Long committed,
            @Nullable Long end,
            @Nullable MemberDescription member) {
        /** How many records it has not read; null if that is not known. */
        @Nullable
        Long lag() {
            return committed == null || end == null ? null : (Long) Math.max(0, end - committed);
        }
    }

    ConsumerGroupDescription describe(String group) {
        return RequestFailure.orAnswer(
                admin.describeConsumerGroups(List.of(group)).describedGroups().get(group), "Group " + group);
    }

    /** Where {@code group} goes on. */
    Map<TopicPartition, OffsetAndMetadata> committed(String group) {
        Map<TopicPartition, OffsetAndMetadata> committed = new TreeMap<>(ORDER);
        RequestFailure.orAnswer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(), "Group " + group)
                .forEach((id, at) -> {
                    if (at != null) {
                        committed.put(id, at);
                    }
                });
        return committed;
    }

    /** How far {@code group} is in each partition that it has, or where it has committed something. */
    List<Progress> progress(ConsumerGroupDescription group) {
        Map<TopicPartition, MemberDescription> owners = new HashMap<>();
        for (MemberDescription member : group.members()) {
            member.assignment().topicPartitions().forEach(id -> owners.put(id, member));
        }
        Map<TopicPartition, OffsetAndMetadata> committed = committed(group.groupId());
        Set<TopicPartition> all = new TreeSet<>(ORDER);
        all.addAll(owners.keySet());
        all.addAll(committed.keySet());
        Map<TopicPartition, Long> ends = known(all, OffsetSpec.latest());
        List<Progress> progress = new ArrayList<>();
        for (TopicPartition id : all) {
            OffsetAndMetadata at = committed.get(id);
            progress.add(new Progress(id, at == null ? null : (Long) at.offset(), ends.get(id), owners.get(id)));
        }
        return progress;
    }

    /** Which partitions {@code topic} has. */
    List<TopicPartition> partitions(String topic) {
        return RequestFailure.orAnswer(
                        admin.describeTopics(List.of(topic)).topicNameValues().get(topic), "Topic " + topic)
                .partitions()
                .stream()
                .map(each -> new TopicPartition(topic, each.partition()))
                .toList();
    }

    @Override
    public Map<TopicPartition, Long> earliest(Collection<TopicPartition> partitions) {
        return all(partitions, OffsetSpec.earliest());
    }

    @Override
    public Map<TopicPartition, Long> latest(Collection<TopicPartition> partitions) {
        return all(partitions, OffsetSpec.latest());
    }

    @Override
    public Map<TopicPartition, Long> at(long timestampMs, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> found = all(partitions, OffsetSpec.forTimestamp(timestampMs));
        found.values().removeIf(offset -> offset < 0);
        return found;
    }

    private Map<TopicPartition, Long> all(Collection<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        RequestFailure.orAnswer(
                        admin.listOffsets(
                                        partitions.stream().collect(Collectors.toMap(Function.identity(), id -> which)))
                                .all(),
                        "Offsets")
                .forEach((id, found) -> offsets.put(id, found.offset()));
        return offsets;
    }

    /** The offsets of those of {@code partitions} whose leader tells them. */
    Map<TopicPartition, Long> known(Collection<TopicPartition> partitions, OffsetSpec which) {
        var result = admin.listOffsets(partitions.stream().collect(Collectors.toMap(Function.identity(), id -> which)));
        Map<TopicPartition, Long> known = new HashMap<>();
        for (TopicPartition id : partitions) {
            try {
                ListOffsetsResultInfo found = RequestFailure.orAnswer(result.partitionResult(id), "Partition " + id);
                known.put(id, found.offset());
            } catch (RequestFailure e) {
                // Shown as unknown.
            }
        }
        return known;
    }
}
