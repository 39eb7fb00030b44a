package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One cluster that begins in the oldest metadata version that there is, and is raised step by step, as one that Apache Kafka made
 * years ago. In each version a node dies, the others go on without it, and it comes back, follows, and leads.
 */
@Timeout(180)
class MetadataVersionsTest {
    private static final String OLDEST = "3.3-IV3";
    /** Other tests run in 4.3, and those of migration begin in the oldest. */
    private static final List<String> STEPS =
            List.of("3.4-IV0", "3.6-IV2", "3.7-IV4", "3.9-IV0", "4.0-IV3", "4.1-IV0", "4.2-IV1");

    private static final List<Integer> IDS = List.of(1, 2, 3);
    private static final List<Integer> PARTITIONS = List.of(0, 1, 2);

    @TempDir
    Path directory;

    private final List<String> written = new ArrayList<>();

    @Test
    void nodesRegisterFollowAndLeadInEachMetadataVersion() throws Exception {
        var nodes = new TestNodes(directory, IDS);
        String clusterId = Uuid.randomUuid().toString();
        for (int id : IDS) {
            nodes.add(id, "broker,controller", Map.of("min.insync.replicas", "2"));
            format(nodes.dataOf(id), id, clusterId);
        }
        try (nodes) {
            nodes.start(1, 2, 3);
            for (int i = 0; i < STEPS.size(); i++) {
                String version = STEPS.get(i);
                raise(nodes, version);
                create(nodes, "made-in-" + version);
                int victim = IDS.get(i % IDS.size());
                nodes.stop(victim);
                writeAndRead(nodes, version + " without " + victim);
                nodes.start(victim);
                awaitAllInSync(nodes);
                leadAsPreferred(nodes);
                writeAndRead(nodes, version + " after");
            }
        }
    }

    /** As the storage tool of an Apache Kafka of today does, when it is asked for that version. */
    private static void format(Path data, int id, String clusterId) throws Exception {
        Files.createDirectories(data);
        try (var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(nowhere)
                    .setNodeId(id)
                    .setClusterId(clusterId)
                    .addDirectory(data.toString())
                    .setMetadataLogDirectory(data.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.fromVersionString(OLDEST, false))
                    .run();
        }
    }

    private static void raise(TestNodes nodes, String version) throws Exception {
        short level = MetadataVersion.fromVersionString(version, false).featureLevel();
        try (Admin admin = nodes.admin(1)) {
            var upgrade = new FeatureUpdate(level, FeatureUpdate.UpgradeType.UPGRADE);
            admin.updateFeatures(Map.of("metadata.version", upgrade), new UpdateFeaturesOptions())
                    .all()
                    .get();
        }
        for (int id : IDS) {
            try (Admin admin = nodes.admin(id)) {
                TestNodes.await(
                        "node " + id + " works in " + version,
                        () -> admin.describeFeatures()
                                        .featureMetadata()
                                        .get()
                                        .finalizedFeatures()
                                        .get("metadata.version")
                                        .maxVersionLevel()
                                == level);
            }
        }
    }

    /** Of three partitions, of which each node leads one. */
    private static void create(TestNodes nodes, String topic) throws Exception {
        try (Admin admin = nodes.admin(1)) {
            admin.createTopics(List.of(
                            new NewTopic(topic, Map.of(0, List.of(1, 2, 3), 1, List.of(2, 3, 1), 2, List.of(3, 1, 2)))))
                    .all()
                    .get();
        }
    }

    /** To all topics so far, and everything from them. */
    private void writeAndRead(TestNodes nodes, String what) throws Exception {
        Map<String, Object> config =
                new HashMap<>(Map.of("bootstrap.servers", bootstrap(nodes), "retry.backoff.ms", 20));
        List<TopicPartition> all = topics(nodes).stream()
                .flatMap(topic -> PARTITIONS.stream().map(partition -> new TopicPartition(topic, partition)))
                .toList();
        List<Future<?>> sent = new ArrayList<>();
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (TopicPartition one : all) {
                String value = what + " " + one;
                sent.add(producer.send(new ProducerRecord<>(one.topic(), one.partition(), null, value)));
                written.add(value);
            }
            for (Future<?> each : sent) {
                each.get();
            }
        }
        config.put("auto.offset.reset", "earliest");
        List<String> read = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(all);
            TestNodes.await("all is read " + what, () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
                return read.size() >= written.size();
            });
        }
        assertThat(read).containsExactlyInAnyOrderElementsOf(written);
    }

    private static String bootstrap(TestNodes nodes) {
        return IDS.stream()
                .filter(id -> nodes.node(id) != null)
                .map(id -> "127.0.0.1:" + nodes.portOf(id))
                .collect(Collectors.joining(","));
    }

    private static Set<String> topics(TestNodes nodes) throws Exception {
        try (Admin admin = nodes.admin(up(nodes))) {
            return admin.listTopics().names().get();
        }
    }

    private static int up(TestNodes nodes) {
        return IDS.stream().filter(id -> nodes.node(id) != null).findFirst().orElseThrow();
    }

    private static void awaitAllInSync(TestNodes nodes) throws Exception {
        for (int id : IDS) {
            TestNodes.await(
                    "all are in sync as node " + id + " sees it",
                    () -> partitions(nodes, id).stream()
                            .allMatch(partition -> partition.isrNodes().size() == IDS.size()));
        }
    }

    private static void leadAsPreferred(TestNodes nodes) throws Exception {
        try (Admin admin = nodes.admin(1)) {
            Map<TopicPartition, Optional<Throwable>> elected = admin.electLeaders(ElectionType.PREFERRED, null)
                    .partitions()
                    .get();
            assertThat(elected.values())
                    .allMatch(error -> error.isEmpty() || error.get() instanceof ElectionNotNeededException);
        }
        for (int id : IDS) {
            TestNodes.await(
                    "each node leads what it should as node " + id + " sees it",
                    () -> partitions(nodes, id).stream()
                            .allMatch(partition -> partition.leaderId()
                                    == partition.replicaNodes().get(0)));
        }
    }

    private static List<MetadataResponsePartition> partitions(TestNodes nodes, int id) throws Exception {
        return nodes.metadataOf(id).topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .toList();
    }
}
