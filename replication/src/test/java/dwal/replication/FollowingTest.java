package dwal.replication;

import static dwal.replication.TestReplicas.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.Strand;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions that follow, with their fetcher, and a leader that the test plays. */
class FollowingTest {
    private static final int LEADER = 2;
    private static final int EPOCH = 5;
    private static final Uuid TOPIC = new Uuid(1, 2);

    @TempDir
    private Path directory;

    private final ManualWorld world = new ManualWorld();
    private final TestReplicas cluster = new TestReplicas();
    private final TestLine line = new TestLine();
    private LogStore logs;

    @BeforeEach
    void openStore() {
        logs = new LogStore(Disk.system(), directory, world, world, world, new Random(1), StoreSettings.defaults());
    }

    @AfterEach
    void closeStore() {
        logs.close();
    }

    @Test
    void aPartitionThatIsStoppedByAFaultDoesNotStopTheOthersOfItsFetcher() {
        Replication replication =
                Replication.of(NODE, world, world, cluster, cluster, id -> line, ReplicationSettings.defaults());
        follow(replication, 0);
        Partition one = follow(replication, 1);
        line.answer(response());

        var impossible = new PartitionData() {
            @Override
            public long highWatermark() {
                throw new AssertionError("a rule was broken");
            }
        };
        impossible.setPartitionIndex(0).setRecords(MemoryRecords.EMPTY);
        line.answer(response(
                impossible,
                new PartitionData()
                        .setPartitionIndex(1)
                        .setRecords(MemoryRecords.readableRecords(TestReplicas.batch(0, EPOCH, "a")))));

        assertThat(cluster.failed)
                .as("the controller is told")
                .containsExactly(new TopicIdPartition(TOPIC, 0, "topic"));
        assertThat(one.log().logEndOffset()).isEqualTo(1);
        assertThat(line.fetch().topics())
                .singleElement()
                .satisfies(topic -> assertThat(topic.partitions())
                        .singleElement()
                        .satisfies(wanted -> assertThat(wanted.fetchOffset()).isEqualTo(1)));
    }

    @Test
    void aFollowerServesConsumersThatAskForItUpToTheHighWatermarkItKnows() {
        Replication replication =
                Replication.of(NODE, world, world, cluster, cluster, id -> line, ReplicationSettings.defaults());
        Partition partition = follow(replication, 0);
        line.answer(response(new PartitionData()
                .setPartitionIndex(0)
                .setHighWatermark(1)
                .setRecords(MemoryRecords.readableRecords(TestReplicas.batch(0, EPOCH, "a")))));
        line.answer(response(new PartitionData()
                .setPartitionIndex(0)
                .setHighWatermark(1)
                .setRecords(MemoryRecords.readableRecords(TestReplicas.batch(1, EPOCH, "b")))));

        assertThat(read(partition, 0, EPOCH).sizeInBytes()).isPositive();
        assertThat(read(partition, 1, EPOCH)).satisfies(notCommitted -> {
            assertThat(notCommitted.error()).isEqualTo(Errors.NONE);
            assertThat(notCommitted.sizeInBytes()).isZero();
        });
        assertThat(read(partition, 3, EPOCH).error())
                .as("the leader may have it")
                .isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(read(partition, 0, EPOCH - 1).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(read(partition, 0, EPOCH + 1).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
        assertThat(partition
                        .reads()
                        .read(0, EPOCH, -1, Isolation.READ_UNCOMMITTED, 1_000, true)
                        .error())
                .as("a consumer of before KIP-392")
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void theFirstRecordsWaitForTheDisk() {
        Replication replication =
                Replication.of(NODE, world, world, cluster, cluster, id -> line, ReplicationSettings.defaults());
        Partition partition = assigned(replication, 0);
        line.answer(response(records(0, "a"), 1));
        assertThat(directory.resolve("topic-0")).doesNotExist();
        world.work();
        assertThat(partition.log().logEndOffset()).isEqualTo(1);
        assertThat(line.fetch().topics().get(0).partitions().get(0).fetchOffset())
                .isEqualTo(1);
    }

    /** Until then the leader may think that it has what it had, and have it in sync again. */
    @Test
    void aRepairedReplicaIsToldToTheControllerWhenItsLeaderHasHeardOfIt() {
        Replication replication =
                Replication.of(NODE, world, world, cluster, cluster, id -> line, ReplicationSettings.defaults());
        Partition partition = follow(replication, 0);
        line.answer(response(records(0, "a"), 1));
        partition.log().damagedAt("somewhere");
        world.work();
        assertThat(cluster.failed).containsExactly(partition.id());
        partition.assign(
                new Assignment(LEADER, EPOCH, 2, List.of(NODE, LEADER), List.of(LEADER), List.of(), List.of(NODE)));
        world.work();
        assertThat(partition.log().logEndOffset()).as("dropped").isZero();

        line.answer(response());
        assertThat(line.fetch().topics().get(0).partitions().get(0).fetchOffset())
                .isZero();
        assertThat(cluster.failed).as("the leader has not answered that").containsExactly(partition.id());
        line.answer(response(records(0, "a"), 1));
        assertThat(cluster.failed).isEmpty();
    }

    /** Appended to the log that has been dropped meanwhile they would leave out what came before them, for ever. */
    @Test
    void recordsThatWereAskedForWhereTheLogDoesNotEndAnyMoreAreNotAppended() {
        Replication replication =
                Replication.of(NODE, world, world, cluster, cluster, id -> line, ReplicationSettings.defaults());
        Partition partition = follow(replication, 0);
        var assignment = new Assignment(LEADER, EPOCH, 1, List.of(NODE, LEADER), List.of(NODE, LEADER));
        var follower = new Follower(assignment, partition.log());
        var following = new Following(
                partition.id(),
                partition.log(),
                new Partition.Surroundings(NODE, world, world, world, replication),
                new Strand(failure -> {}),
                () -> follower,
                () -> {});
        List<Replicated.Next> next = new ArrayList<>();

        following.replicate(EPOCH, 1, new PartitionData(), records(1, "b").buffer(), next::add);
        assertThat(partition.log().logEndOffset()).isZero();
        following.replicate(EPOCH, 0, new PartitionData(), records(0, "a").buffer(), next::add);
        assertThat(partition.log().logEndOffset()).isEqualTo(1);
        assertThat(next)
                .hasSize(2)
                .first()
                .isInstanceOfSatisfying(
                        Replicated.Next.Fetch.class,
                        fetch -> assertThat(fetch.offset()).isZero());
    }

    private static MemoryRecords records(long offset, String value) {
        return MemoryRecords.readableRecords(TestReplicas.batch(offset, EPOCH, value));
    }

    private static FetchResponseData response(MemoryRecords records, long highWatermark) {
        return response(new PartitionData()
                .setPartitionIndex(0)
                .setHighWatermark(highWatermark)
                .setRecords(records));
    }

    @Test
    void partitionsMoveToOtherFetchersWhenTheirNumberChanges() {
        List<TestLine> lines = new ArrayList<>();
        Replication replication = Replication.of(
                NODE,
                world,
                world,
                cluster,
                cluster,
                id -> {
                    lines.add(new TestLine());
                    return lines.get(lines.size() - 1);
                },
                ReplicationSettings.defaults());
        follow(replication, 0);
        follow(replication, 1);
        lines.get(0).answer(response());
        assertThat(lines).hasSize(1);

        replication.fetchers().resize(2);
        lines.get(0).answer(response());
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).fetch().forgottenTopicsData()).hasSize(1);
        assertThat(lines.get(1).fetch().topics()).hasSize(1);

        replication.fetchers().resize(1);
        lines.get(0).answer(response());
        lines.get(1).answer(response());
        assertThat(lines.get(0).fetch().topics()).hasSize(1);
        assertThat(lines.get(1).sent).isEmpty();
        assertThat(lines.get(1).closed).isEqualTo(1);
    }

    private static FetchOutcome read(Partition partition, long offset, int epoch) {
        FetchOutcome outcome =
                partition.reads().readFromAnyReplica(offset, epoch, -1, Isolation.READ_UNCOMMITTED, 1_000, true);
        outcome.release();
        return outcome;
    }

    /** One whose log has begun, so that appends wait for nothing. */
    private Partition follow(Replication replication, int index) {
        Partition partition = assigned(replication, index);
        partition.log().begin();
        return partition;
    }

    private Partition assigned(Replication replication, int index) {
        var id = new TopicIdPartition(TOPIC, index, "topic");
        var partition = new Partition(
                id,
                logs.log(id, TestReplicas.INTERVAL),
                new Assignment(LEADER, EPOCH, 1, List.of(NODE, LEADER), List.of(NODE, LEADER)),
                new PartitionSettings(TestReplicas.INTERVAL, 1),
                new Partition.Surroundings(NODE, world, world, world, replication));
        partition.begin();
        world.work();
        return partition;
    }

    private static FetchResponseData response(PartitionData... said) {
        var response = new FetchResponseData().setSessionId(77);
        if (said.length > 0) {
            response.responses()
                    .add(new FetchableTopicResponse().setTopicId(TOPIC).setPartitions(List.of(said)));
        }
        return response;
    }
}
