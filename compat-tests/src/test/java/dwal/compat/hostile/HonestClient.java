package dwal.compat.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.server.Server;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** A client that produces and reads back what it produced, with connections that it has and with new ones, and expects it in time. */
final class HonestClient implements AutoCloseable {
    private static final Duration IN_TIME = Duration.ofSeconds(20);
    private final Clients clients;
    private final String topic;
    private final Producer<String, String> producer;
    private int count;

    HonestClient(Server server) {
        clients = new Clients(server);
        topic = clients.topic("honest", 1);
        producer = clients.producer(Map.of("acks", "all"));
    }

    void expectsToBeServed() {
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, Integer.toString(count));
            assertThat(Clients.get(producer.send(record)).offset()).isEqualTo(count++);
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, count - 20L);
            assertThat(Clients.poll(consumer, 20).get(0).value()).isEqualTo(Integer.toString(count - 20));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("time to be served")
                .isLessThan(IN_TIME);
    }

    /** Everything that was ever acknowledged is still there. */
    void expectsNothingLost() {
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            assertThat(clients.readAll(consumer, topic)).hasSize(count);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
