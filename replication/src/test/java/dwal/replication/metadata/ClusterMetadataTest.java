package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import dwal.log.DamageBeforeEnd;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ClusterMetadataTest {
    private static final Endpoint ENDPOINT = new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 19092);

    private static final LogCheck CHECK = new DamageBeforeEnd(Disk.system())::find;

    @TempDir
    Path directory;

    @Test
    void formatsANewDirectoryAsKafkaDoes() throws Exception {
        try (ClusterMetadata cluster = started()) {
            var properties = new Properties();
            try (var file = Files.newInputStream(directory.resolve("meta.properties"))) {
                properties.load(file);
            }
            assertThat(properties)
                    .containsEntry("version", "1")
                    .containsEntry("node.id", "1")
                    .containsEntry("cluster.id", cluster.clusterId())
                    .containsEntry("directory.id", cluster.directoryId().toString())
                    .hasSize(4);
            assertThat(directory.resolve("bootstrap.checkpoint")).exists();
            assertThat(directory.resolve("__cluster_metadata-0/quorum-state")).exists();
            var features = cluster.image().features();
            assertThat(features.metadataVersionOrThrow()).isEqualTo(MetadataVersion.latestProduction());
            assertThat(features.finalizedVersions()).containsKeys("group.version", "transaction.version");
            assertThat(cluster.kraftVersion()).isEqualTo((short) 1);
        }
    }

    @Test
    void tellsSubscribersBeforeItShowsTheImage() throws Exception {
        var cluster = new ClusterMetadata(settings(), Time.SYSTEM, CHECK, (what, why) -> {});
        List<Boolean> early = new ArrayList<>();
        cluster.subscribe((delta, image) -> early.add(cluster.image().offset() < image.offset()));
        try (cluster) {
            start(cluster);
            createTopic(cluster, "t", 3);
            assertThat(early).isNotEmpty().doesNotContain(false);
        }
    }

    @Test
    void topicsConfigsAndProducerIdsOutliveACleanStop() throws Exception {
        survives(true);
    }

    @Test
    void topicsConfigsAndProducerIdsOutliveAHardStop() throws Exception {
        survives(false);
    }

    @Test
    void aMetadataLogThatIsDamagedBeforeItsEndIsNotCut() throws Exception {
        try (ClusterMetadata cluster = started()) {
            createTopic(cluster, "kept", 3);
        }
        Path segment = directory.resolve("__cluster_metadata-0/00000000000000000000.log");
        byte[] whole = Files.readAllBytes(segment);
        byte[] damaged = whole.clone();
        damaged[whole.length / 2] ^= 1;
        Files.write(segment, damaged);

        assertThatThrownBy(this::started)
                .hasStackTraceContaining("the metadata log is damaged")
                .hasStackTraceContaining(segment + " at position ")
                .hasStackTraceContaining("Restore the folder");

        assertThat(segment).hasBinaryContent(damaged);
        Files.write(segment, whole);
        try (ClusterMetadata cluster = started()) {
            assertThat(cluster.image().topics().getTopic("kept")).isNotNull();
        }
    }

    /** As Kafka formats it unless it is told otherwise: who votes stands in the configuration only. */
    @Test
    void aDirectoryOfAClusterWithStaticVotersIsRefusedWithoutThem() throws Exception {
        MetadataSettings withVoters =
                MetadataSettings.standalone(1, directory, Map.of("controller.quorum.voters", "1@localhost:9093"));
        try (ClusterMetadata cluster = started(withVoters)) {
            createTopic(cluster, "kept", 3);
        }
        assertThatThrownBy(this::started)
                .hasStackTraceContaining("does not say that node 1 votes")
                .hasStackTraceContaining("set controller.quorum.voters as it was there");
        try (ClusterMetadata cluster = started(withVoters)) {
            assertThat(cluster.image().topics().getTopic("kept")).isNotNull();
        }
    }

    /** What a crash leaves in the middle of an append. */
    @Test
    void aMetadataLogWithAnIncompleteEndIsCut() throws Exception {
        byte[] whole = metadataOfTwoTopics();
        Files.write(segment(), Arrays.copyOf(whole, 100), StandardOpenOption.APPEND);
        try (ClusterMetadata cluster = started()) {
            assertThat(cluster.image().topics().getTopic("last")).isNotNull();
        }
    }

    @Test
    void aMetadataLogThatWasCutAfterAStopIsRefusedWhereverItWasCut() throws Exception {
        byte[] whole = metadataOfTwoTopics();
        for (int length : List.of(whole.length - 5, whole.length / 2, 0)) {
            byte[] cut = Arrays.copyOf(whole, length);
            Files.write(segment(), cut);
            assertThatThrownBy(this::started)
                    .as("cut to %d of %d", length, whole.length)
                    .hasStackTraceContaining("the metadata log is")
                    .hasStackTraceContaining("Restore the folder");
            assertThat(segment()).hasBinaryContent(cut);
        }
        byte[] withoutLastBatch = Arrays.copyOf(whole, lastBatchAt(whole));
        Files.write(segment(), withoutLastBatch);
        assertThatThrownBy(this::started)
                .hasStackTraceContaining(segment() + " at position " + withoutLastBatch.length + " (offset ")
                .hasStackTraceContaining("the log ends here, but it was synced up to offset");
        Files.write(segment(), whole);
        started().close();
    }

    @Test
    void aMetadataLogThatWasCutBeforeItsEndWasNotedIsTakenAsACrashLeavesIt() throws Exception {
        byte[] whole = metadataOfTwoTopics();
        Files.delete(segment().resolveSibling("synced-end")); // a version before did not write it
        Files.write(segment(), Arrays.copyOf(whole, whole.length - 5));
        try (ClusterMetadata cluster = started()) {
            assertThat(cluster.image().topics().getTopic("kept")).isNotNull();
        }
    }

    @Test
    void aSnapshotThatWasCutIsRefused() throws Exception {
        metadataOfTwoTopics();
        Path snapshot = segment().resolveSibling("00000000000000000000-0000000000.checkpoint");
        byte[] whole = Files.readAllBytes(snapshot);
        Files.delete(snapshot);
        Files.write(snapshot, Arrays.copyOf(whole, lastBatchAt(whole)));
        assertThatThrownBy(this::started)
                .hasStackTraceContaining(snapshot + " at position " + lastBatchAt(whole))
                .hasStackTraceContaining("without its last batch");
    }

    private byte[] metadataOfTwoTopics() throws Exception {
        try (ClusterMetadata cluster = started()) {
            createTopic(cluster, "kept", 3);
            createTopic(cluster, "last", 3);
        }
        return Files.readAllBytes(segment());
    }

    private Path segment() {
        return directory.resolve("__cluster_metadata-0/00000000000000000000.log");
    }

    private static int lastBatchAt(byte[] log) {
        ByteBuffer bytes = ByteBuffer.wrap(log);
        int last = 0;
        for (int at = 0; at < log.length; at += 12 + bytes.getInt(at + 8)) {
            last = at;
        }
        return last;
    }

    private void survives(boolean clean) throws Exception {
        Set<Long> producers = new HashSet<>();
        String clusterId;
        Uuid topicId;
        try (ClusterMetadata cluster = started()) {
            clusterId = cluster.clusterId();
            topicId = createTopic(cluster, "kept", 3);
            setConfig(cluster, "kept", "retention.ms", "12345");
            takeProducerIds(cluster, 1500, producers);
            if (clean) {
                cluster.leave().get(10, TimeUnit.SECONDS);
                cluster.markLogsClean();
            }
        }
        try (ClusterMetadata cluster = started()) {
            assertThat(cluster.clusterId()).isEqualTo(clusterId);
            var topic = cluster.image().topics().getTopic("kept");
            assertThat(topic.id()).isEqualTo(topicId);
            assertThat(topic.partitions()).hasSize(3);
            assertThat(topic.partitions().values()).allMatch(partition -> partition.leader == 1);
            // After a kill the controller knows that the tail of the log may be lost.
            assertThat(topic.partitions().values())
                    .allMatch(partition -> partition.leaderRecoveryState
                            == (clean ? LeaderRecoveryState.RECOVERED : LeaderRecoveryState.RECOVERING));
            assertThat(cluster.image()
                            .configs()
                            .configProperties(new ConfigResource(ConfigResource.Type.TOPIC, "kept")))
                    .containsEntry("retention.ms", "12345");
            takeProducerIds(cluster, 1500, producers);
            assertThat(producers).hasSize(3000);
        }
    }

    @Test
    void refusesTheDirectoryOfAnotherNode() throws Exception {
        started().close();
        assertThatThrownBy(() -> start(new ClusterMetadata(
                        MetadataSettings.standalone(2, directory, Map.of()), Time.SYSTEM, CHECK, (w, y) -> {})))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("belongs to node 1, this is node 2");
    }

    @Test
    void refusesTheDirectoryOfAnotherCluster() throws Exception {
        started().close();
        var other = settings().withClusterId(Uuid.randomUuid().toString());
        assertThatThrownBy(() -> start(new ClusterMetadata(other, Time.SYSTEM, CHECK, (w, y) -> {})))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("belongs to cluster");
    }

    @Test
    void formatsAgainWhereAFormatWasCutShort() throws Exception {
        started().close();
        Path log = directory.resolve("__cluster_metadata-0");
        try (var files = Files.list(log)) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().startsWith("00000000000000000000-0000000000.checkpoint")) {
                    Files.delete(file);
                }
            }
        }
        Files.delete(directory.resolve("meta.properties"));
        started().close();
        assertThat(directory.resolve("meta.properties")).exists();
    }

    @Test
    void refusesToFormatOverAMetadataLog() throws Exception {
        started().close();
        Files.delete(directory.resolve("meta.properties"));
        assertThatThrownBy(this::started).cause().hasMessageContaining("restore that file");
    }

    @Test
    void theQuorumDescribesItself() throws Exception {
        try (ClusterMetadata cluster = started()) {
            DescribeQuorumRequestData request = DescribeQuorumRequest.singletonRequest(
                    org.apache.kafka.common.internals.Topic.CLUSTER_METADATA_TOPIC_PARTITION);
            var answer = (DescribeQuorumResponseData)
                    cluster.askQuorum("PLAINTEXT", 1, (short) 2, request).get(10, TimeUnit.SECONDS);
            assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
            var partition = answer.topics().get(0).partitions().get(0);
            assertThat(partition.leaderId()).isEqualTo(1);
            assertThat(partition.currentVoters()).singleElement().satisfies(voter -> {
                assertThat(voter.replicaId()).isEqualTo(1);
                assertThat(voter.replicaDirectoryId()).isEqualTo(cluster.directoryId());
            });
        }
    }

    private MetadataSettings settings() {
        return MetadataSettings.standalone(1, directory, Map.of());
    }

    private ClusterMetadata started() throws Exception {
        return started(settings());
    }

    private static ClusterMetadata started(MetadataSettings settings) throws Exception {
        var cluster = new ClusterMetadata(settings, Time.SYSTEM, CHECK, (what, why) -> {});
        start(cluster);
        return cluster;
    }

    private static void start(ClusterMetadata cluster) throws Exception {
        try {
            cluster.start(CompletableFuture.completedFuture(List.of(ENDPOINT))).get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            cluster.close();
            throw e;
        }
    }

    private static Uuid createTopic(ClusterMetadata cluster, String name, int partitions) throws Exception {
        var request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 1));
        CreateTopicsResponseData answer = cluster.controller()
                .createTopics(cluster.ownContext(ApiKeys.CREATE_TOPICS), request, Set.of(name), true)
                .get(10, TimeUnit.SECONDS);
        var topic = answer.topics().find(name);
        assertThat(Errors.forCode(topic.errorCode())).isEqualTo(Errors.NONE);
        cluster.await(image -> image.topics().getTopic(name) != null).get(10, TimeUnit.SECONDS);
        return topic.topicId();
    }

    private static void setConfig(ClusterMetadata cluster, String topic, String key, String value) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var result = cluster.controller()
                .incrementalAlterConfigs(
                        cluster.ownContext(ApiKeys.INCREMENTAL_ALTER_CONFIGS),
                        Map.of(resource, Map.of(key, Map.entry(AlterConfigOp.OpType.SET, value))),
                        false,
                        true)
                .get(10, TimeUnit.SECONDS);
        assertThat(result.get(resource).error()).isEqualTo(Errors.NONE);
    }

    private static void takeProducerIds(ClusterMetadata cluster, int count, Set<Long> into) throws Exception {
        for (int i = 0; i < count; i++) {
            long id = cluster.producerIds().next().toCompletableFuture().get(10, TimeUnit.SECONDS);
            assertThat(into.add(id)).as("producer id %d is new", id).isTrue();
        }
    }
}
