package dwal.server.cli.client;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** What a consumer is told about the offsets of partitions. */
record ConsumerBounds(Consumer<?, ?> consumer) implements Where.Bounds {

    @Override
    public Map<TopicPartition, Long> earliest(Collection<TopicPartition> partitions) {
        return consumer.beginningOffsets(partitions);
    }

    @Override
    public Map<TopicPartition, Long> latest(Collection<TopicPartition> partitions) {
        return consumer.endOffsets(partitions);
    }

    @Override
    public Map<TopicPartition, Long> at(long timestampMs, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> found = new HashMap<>();
        consumer.offsetsForTimes(partitions.stream().collect(Collectors.toMap(id -> id, id -> timestampMs)))
                .forEach((id, at) -> {
                    if (at != null) {
                        found.put(id, at.offset());
                    }
                });
        return found;
    }
}
