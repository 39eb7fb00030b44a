package dwal.benchmarks.load;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes the official clients that the driver measures with: bytes in, bytes out. Any thread. */
final class Clients {
    private Clients() {}

    static KafkaProducer<byte[], byte[]> producer(String bootstrap, Map<String, Object> config) {
        return new KafkaProducer<>(at(bootstrap, config), new ByteArraySerializer(), new ByteArraySerializer());
    }

    static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, Map<String, Object> config) {
        return new KafkaConsumer<>(at(bootstrap, config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static Admin admin(String bootstrap) {
        return Admin.create(at(
                bootstrap,
                Map.of(
                        "default.api.timeout.ms", 60_000,
                        "request.timeout.ms", 30_000,
                        "reconnect.backoff.ms", 20,
                        "reconnect.backoff.max.ms", 200,
                        "retry.backoff.ms", 50)));
    }

    private static Map<String, Object> at(String bootstrap, Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(config);
        all.put("bootstrap.servers", bootstrap);
        return all;
    }
}
