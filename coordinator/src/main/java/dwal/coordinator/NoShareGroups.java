package dwal.coordinator;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.util.PartitionMetadataClient;

/** Stands where share groups would ask for the ends of partitions: they are not served yet, so nobody asks. Any thread. */
final class NoShareGroups implements PartitionMetadataClient {
    @Override
    public Map<TopicPartition, CompletableFuture<OffsetResponse>> listLatestOffsets(Set<TopicPartition> partitions) {
        return partitions.stream()
                .collect(Collectors.toMap(
                        Function.identity(),
                        partition ->
                                CompletableFuture.completedFuture(new OffsetResponse(-1, Errors.UNSUPPORTED_VERSION))));
    }

    @Override
    public void close() {}
}
