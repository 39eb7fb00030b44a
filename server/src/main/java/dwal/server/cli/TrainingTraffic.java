package dwal.server.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What clients commonly do, done once against a node that records which classes it loads: the build makes the archive of
 * classes from that ({@code bin/build}). Runs in a process of its own; not part of a node.
 */
public final class TrainingTraffic {
    private static final String TOPIC = "training";
    private static final int RECORDS = 500;

    private TrainingTraffic() {}

    /** Talks to the node at {@code arguments[0]}. */
    public static void main(String[] arguments) throws Exception {
        String node = arguments[0];
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", node))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, Optional.of(3), Optional.empty())))
                    .all()
                    .get();
            for (String codec : List.of("none", "lz4", "zstd", "gzip", "snappy")) {
                produce(node, codec);
            }
            consume(node, "classic");
            consume(node, "consumer");
            administer(admin);
        }
    }

    private static void produce(String node, String codec) throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", node, "acks", "all", "linger.ms", 5, "compression.type", codec);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>(TOPIC, new byte[] {(byte) i}, new byte[1000])));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        }
    }

    private static void consume(String node, String protocol) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                node,
                "group.id",
                "training-" + protocol,
                "group.protocol",
                protocol,
                "auto.offset.reset",
                "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            int got = 0;
            for (int i = 0; i < 200 && got < RECORDS; i++) {
                got += consumer.poll(Duration.ofMillis(100)).count();
            }
            consumer.commitSync();
        }
    }

    private static void administer(Admin admin) throws Exception {
        admin.describeTopics(List.of(TOPIC)).allTopicNames().get();
        admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, TOPIC)))
                .all()
                .get();
        admin.listOffsets(Map.of(new TopicPartition(TOPIC, 0), OffsetSpec.latest()))
                .all()
                .get();
        admin.listGroups().all().get();
        admin.describeConsumerGroups(Set.of("training-classic")).all().get();
        admin.deleteTopics(List.of(TOPIC)).all().get();
    }
}
