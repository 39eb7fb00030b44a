package dwal.server.cli;

import dwal.server.Doors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final String COMMANDS_TOPIC = "training-commands";
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
        runCommands(node);
    }

    /** The commands that are clients, for the archive of those. */
    private static void runCommands(String node) throws IOException {
        Path lines = Files.writeString(Files.createTempFile("training", ".txt"), "a:1\nb:2\n");
        run(node, "topics", "create", COMMANDS_TOPIC, "--set", "retention.ms=100000");
        run(node, "topics", "list");
        run(node, "topics", "describe", COMMANDS_TOPIC, "--json");
        run(node, "topics", "alter", COMMANDS_TOPIC, "--set", "retention.ms=200000");
        run(node, "produce", COMMANDS_TOPIC, "--file", lines.toString(), "--key-separator", ":");
        run(node, "consume", COMMANDS_TOPIC, "--show", "key,offset");
        run(node, "consume", COMMANDS_TOPIC, "--group", "training-commands", "--json");
        run(node, "groups", "list");
        run(node, "groups", "describe", "training-commands");
        run(node, "groups", "seek", "training-commands", "--offset", "earliest");
        run(node, "cluster");
        run(node, "doctor", "--apart", "1");
        run(node, "bench", "--seconds", "1", "--rate", "1000");
        run(node, "topics", "delete", COMMANDS_TOPIC);
        Files.delete(lines);
    }

    private static void run(String node, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--bootstrap", node));
        int code = Main.commandLine(Doors.NONE).execute(arguments.toArray(String[]::new));
        // What a doctor finds out about this machine is not the point.
        if (code != 0 && !command[0].equals("doctor")) {
            throw new IllegalStateException(arguments + " ended with " + code);
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
