package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeleteRecordsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients are told of partitions with replicas on three nodes, of which the third has a disk that may stand. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeveralReplicasTest {
    private static final String BOTH = "broker,controller";
    private static final TopicPartition GROUPS = new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, 0);

    private final StallingDisk disk = new StallingDisk();
    private TestNodes nodes;
    private Admin admin;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Map<String, String> settings =
                Map.of("offsets.topic.num.partitions", "1", "offsets.topic.replication.factor", "3");
        nodes = new TestNodes(directory, List.of(1, 2, 3))
                .add(1, BOTH, settings)
                .add(2, BOTH, settings)
                .add(3, BOTH, settings)
                .on(3, disk.disk())
                .start(1, 2, 3);
        admin = nodes.admin(1);
    }

    @AfterAll
    void stop() {
        disk.goOn();
        admin.close();
        nodes.close();
    }

    @Test
    void deletedRecordsAreGoneFromAllReplicasWhenTheClientIsTold() throws Exception {
        var partition = new TopicPartition("deleted", 0);
        admin.createTopics(List.of(new NewTopic(partition.topic(), Map.of(0, List.of(1, 2, 3)))))
                .all()
                .get();
        write(partition, 10);
        TestNodes.await("node 3 has the records", () -> errorAtNode3(partition) == Errors.NONE);

        disk.stall();
        assertThatThrownBy(() -> deleteBefore(partition, 5, 500)).hasCauseInstanceOf(TimeoutException.class);
        assertThat(errorAtNode3(partition)).isEqualTo(Errors.NONE);
        disk.goOn();
        assertThat(deleteBefore(partition, 5, 20_000)).isEqualTo(5);
        assertThat(errorAtNode3(partition)).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    /** As when one replica of several is taken away, or in old metadata versions whenever one falls out of sync. */
    @Test
    void aCoordinatorAnswersCommitsWhenItsNodeGoesOnToLeadInAnotherEpoch() throws Exception {
        admin.createTopics(List.of(new NewTopic("read", 1, (short) 1))).all().get();
        commit(1);
        TopicPartitionInfo before = groups();
        int leader = before.leader().id();
        int kept = leader % 3 + 1;
        admin.alterPartitionReassignments(
                        Map.of(GROUPS, Optional.of(new NewPartitionReassignment(List.of(leader, kept)))))
                .all()
                .get();
        TestNodes.await("one replica is gone", () -> groups().replicas().size() == 2);
        assertThat(groups().leader().id()).isEqualTo(leader);
        commit(2);
        assertThat(admin.listConsumerGroupOffsets("g")
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .get(new TopicPartition("read", 0))
                        .offset())
                .isEqualTo(2);
    }

    private TopicPartitionInfo groups() throws Exception {
        return admin.describeTopics(List.of(GROUPS.topic()))
                .allTopicNames()
                .get()
                .get(GROUPS.topic())
                .partitions()
                .get(0);
    }

    private void commit(long offset) throws Exception {
        admin.alterConsumerGroupOffsets("g", Map.of(new TopicPartition("read", 0), new OffsetAndMetadata(offset)))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    private long deleteBefore(TopicPartition partition, long offset, int timeoutMs) throws Exception {
        return admin.deleteRecords(
                        Map.of(partition, RecordsToDelete.beforeOffset(offset)),
                        new DeleteRecordsOptions().timeoutMs(timeoutMs))
                .lowWatermarks()
                .get(partition)
                .get()
                .lowWatermark();
    }

    private void write(TopicPartition partition, int records) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", nodes.node(1).clientAddress().orElseThrow(), "acks", "all"),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), null, "value " + i))
                        .get(30, TimeUnit.SECONDS);
            }
        }
    }

    /** What a consumer is told that reads the first record there. */
    private Errors errorAtNode3(TopicPartition partition) throws IOException {
        var request = new FetchRequestData()
                .setMaxWaitMs(0)
                .setMaxBytes(1_000)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(partition.topic())
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(partition.partition())
                                .setFetchOffset(0)
                                .setPartitionMaxBytes(1_000)))));
        FetchResponseData answer = TestNodes.ask(nodes.portOf(3), ApiKeys.FETCH, 12, request, new FetchResponseData());
        return Errors.forCode(answer.responses().get(0).partitions().get(0).errorCode());
    }
}
