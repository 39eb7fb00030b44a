package dwal.compat.cli;

import dwal.compat.server.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A member of a group named as its topic, which has its partitions and reads nothing: its first record takes for ever. One thread. */
final class StuckMember implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;

    StuckMember(String bootstrap, String topic) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "group.id",
                        topic,
                        "client.id",
                        "stuck",
                        "enable.auto.commit",
                        false,
                        "auto.offset.reset",
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic));
    }

    /** Waits until it has partitions. Its heartbeats go on without it. */
    void joined() {
        Await.until("the member to have its partitions", () -> {
            consumer.poll(Duration.ofMillis(100));
            return !consumer.assignment().isEmpty();
        });
    }

    /** Commits that it stands at {@code offset} of its first partition. */
    void commit(long offset) {
        var partition = consumer.assignment().iterator().next();
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
    }

    @Override
    public void close() {
        consumer.close();
    }
}
