package dwal.server.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.CloseConnection;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.server.quota.ClientQuotas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchHandlerTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int PARTITIONS = 3;
    /** What sessions of 300 partitions in all take up, by topic id. */
    private static final int ROOM_FOR_300 = 300 * 256;

    private static final int LONG_MS = 60_000;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ThreadTimer timer = new ThreadTimer("test-timer");
    private LogStore logs;
    private Partitions partitions;
    private FetchSessions sessions;
    private FetchHandler handler;
    private MetadataImage image = MetadataImage.EMPTY;

    @BeforeEach
    void host() {
        Clock clock = Clock.system();
        logs = new LogStore(Disk.system(), directory, clock, timer, disk, new Random(1), StoreSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        partitions =
                new Partitions(new Partition.Surroundings(1, clock, timer, disk), logs, (topic, newImage) -> settings);
        var delta = new MetadataDelta.Builder().setImage(image).build();
        delta.replay(new TopicRecord().setName("topic").setTopicId(TOPIC));
        for (int i = 0; i < PARTITIONS; i++) {
            delta.replay(partition(TOPIC, i));
        }
        apply(delta);
        sessions = new FetchSessions(10, ROOM_FOR_300, LONG_MS, clock, new SplittableRandom(1));
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch());
    }

    @AfterEach
    void stop() throws InterruptedException {
        logs.close();
        timer.close();
        loop.shutdownNow();
        disk.shutdown();
        assertThat(disk.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void namesAllPartitionsWithoutASession() {
        append(1, "a");

        FetchResponseData answer = await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0, 1, 2)));

        assertThat(answer.sessionId()).isZero();
        assertThat(partitionsOf(answer))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(0, 1, 2);
        assertThat(partitionsOf(answer))
                .extracting(PartitionData::highWatermark)
                .containsExactly(0L, 1L, 0L);
    }

    @Test
    void waitsUntilThereAreRecords() {
        CompletableFuture<FetchResponseData> waiting = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0, 1, 2));
        assertThat(waiting).isNotDone();

        append(2, "a");

        assertThat(partitionsOf(await(waiting)).get(2).highWatermark()).isEqualTo(1);
    }

    @Test
    void answersWithNothingWhenTimeIsUp() {
        FetchResponseData answer = await(fetch(request(0, -1, 1, 50, 1 << 20, 0)));

        assertThat(partitionsOf(answer)).singleElement().satisfies(partition -> {
            assertThat(partition.errorCode()).isZero();
            assertThat(partition.records().sizeInBytes()).isZero();
        });
    }

    @Test
    void aNetworkThatHasStoppedDoesNotStopAPartition() {
        assertThat(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0))).isNotDone();
        loop.shutdownNow();

        append(0, "a");
        append(0, "b");
    }

    @Test
    void namesOnlyPartitionsWithNewsInASession() {
        append(1, "a");
        FetchResponseData first = await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, 0, 1, 2)));
        assertThat(first.sessionId()).isPositive();

        CompletableFuture<FetchResponseData> second =
                fetch(request(first.sessionId(), 1, 1, LONG_MS, 1 << 20).setTopics(at(1, 1)));
        assertThat(second).as("nothing new beyond offset 1 of partition 1").isNotDone();
        append(2, "b");

        assertThat(partitionsOf(await(second)))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(2);
    }

    @Test
    void comesBackToPartitionsThatDidNotFitIntoAnAnswer() {
        append(0, "a".repeat(500));
        append(1, "b".repeat(500));
        FetchResponseData first = await(fetch(request(0, 0, 1, LONG_MS, 600, 0, 1, 2)));
        assertThat(sizes(first)).as("one batch fits").containsExactly(true, false, false);

        FetchResponseData second =
                await(fetch(request(first.sessionId(), 1, 1, LONG_MS, 600).setTopics(at(0, 1))));

        assertThat(partitionsOf(second))
                .extracting(PartitionData::partitionIndex)
                .containsExactly(1);
        assertThat(sizes(second)).containsExactly(true);
    }

    @Test
    void refusesAnUnknownSessionAndAnEpochOutOfTurn() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();

        assertThat(await(fetch(request(session + 1, 1, 0, 0, 1 << 20))).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
        assertThat(await(fetch(request(session, 2, 0, 0, 1 << 20))).errorCode())
                .isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH.code());
        assertThat(await(fetch(request(session, 1, 0, 0, 1 << 20))).errorCode()).isZero();
    }

    @Test
    void forgetsPartitionsAndEndsASessionThatHasNoneLeft() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();

        var forget = request(session, 1, 1, LONG_MS, 1 << 20)
                .setForgottenTopicsData(
                        List.of(new ForgottenTopic().setTopicId(TOPIC).setPartitions(List.of(0))));
        assertThat(await(fetch(forget)).errorCode()).isZero();

        assertThat(await(fetch(request(session, 2, 0, 0, 1 << 20))).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
    }

    @Test
    void tellsAWaitingReaderThatTheTopicIsDeleted() {
        CompletableFuture<FetchResponseData> waiting = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0));
        assertThat(waiting).isNotDone();

        deleteTopic();

        assertThat(errorsOf(await(waiting))).containsExactly(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    /** As Kafka 4.3.1: a session remembers the name of a topic, and an id is unknown only where it has none. */
    @Test
    void aTopicThatIsDeletedIsAnotherMatterThanAnIdThatWasNeverKnown() {
        List<FetchTopic> never = List.of(new FetchTopic()
                .setTopicId(new Uuid(1, 1))
                .setPartitions(List.of(new FetchPartition().setPartitionMaxBytes(100))));
        FetchRequestData opening = request(0, 0, 1, 0, 1 << 20, 0, PARTITIONS);
        opening.setTopics(
                Stream.concat(opening.topics().stream(), never.stream()).toList());
        FetchResponseData opened = await(fetch(opening));
        assertThat(errorsOf(opened))
                .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_ID);

        deleteTopic();
        for (int epoch = 1; epoch <= 2; epoch++) {
            FetchResponseData next = await(fetch(request(opened.sessionId(), epoch, 1, LONG_MS, 1 << 20)));
            assertThat(errorsOf(next))
                    .containsExactlyInAnyOrder(
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            Errors.UNKNOWN_TOPIC_ID);
        }
        var again = new MetadataDelta.Builder().setImage(image).build();
        again.replay(new TopicRecord().setName("topic").setTopicId(new Uuid(8, 8)));
        again.replay(partition(new Uuid(8, 8), 0));
        apply(again);

        assertThat(errorsOf(await(fetch(request(opened.sessionId(), 3, 1, LONG_MS, 1 << 20)))))
                .as("another topic of that name is none of the session's")
                .containsExactlyInAnyOrder(
                        Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_ID);
        assertThat(errorsOf(await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0)))))
                .as("without that session")
                .containsExactly(Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void whoMayNotReadATopicDoesNotHearThatItIsDeleted() {
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch(),
                (context, topic) -> !topic.equals("topic"));
        int session = await(fetch(request(0, 0, 1, 0, 1 << 20, 0))).sessionId();

        deleteTopic();

        assertThat(errorsOf(await(fetch(request(session, 1, 1, LONG_MS, 1 << 20)))))
                .containsExactly(Errors.TOPIC_AUTHORIZATION_FAILED);
    }

    @Test
    void oneThatWaitsIsAnsweredThoughALookThrowsWhatNobodyExpects() {
        var faulty = new AtomicBoolean();
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch(),
                (context, topic) -> {
                    if (faulty.get()) {
                        throw new IllegalStateException("a fault that the test asked for");
                    }
                    return true;
                });
        CompletableFuture<FetchResponseData> waiting = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0));
        assertThat(waiting).isNotDone();

        faulty.set(true);
        append(0, "a");

        assertThat(waiting)
                .failsWithin(20, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("the test asked for");
    }

    @Test
    void negativeLimitsAreTakenForNothing() {
        append(0, "a");
        append(0, "b");
        append(1, "c");
        for (int limit : new int[] {-1, Integer.MIN_VALUE}) {
            assertThat(sizes(await(fetch(request(0, -1, 1, LONG_MS, limit, 0, 1)))))
                    .as("one batch, as with 0")
                    .containsExactly(true, false);
            FetchRequestData partitions = request(0, -1, 1, LONG_MS, 1 << 20, 0, 1);
            partitions.topics().get(0).partitions().forEach(one -> one.setPartitionMaxBytes(limit));
            assertThat(sizes(await(fetch(partitions)))).containsExactly(true, false);
        }
        assertThat(await(fetch(request(0, -1, -1, -1, 1 << 20, 2))).errorCode()).isZero();
    }

    @Test
    void answersForAnUnknownTopicAtOnce() {
        var request = request(0, -1, 1, LONG_MS, 1 << 20)
                .setTopics(List.of(new FetchTopic()
                        .setTopicId(new Uuid(1, 1))
                        .setPartitions(List.of(new FetchPartition().setPartitionMaxBytes(100)))));

        assertThat(partitionsOf(await(fetch(request))).get(0).errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void waitsForPartitionsThatAreThereThoughOthersAreUnknown() {
        FetchResponseData first = await(fetch(request(0, 0, 1, 50, 1 << 20, 0, 1, PARTITIONS)));
        assertThat(partitionsOf(first))
                .filteredOn(partition -> partition.errorCode() != 0)
                .singleElement()
                .satisfies(partition -> assertThat(partition.partitionIndex()).isEqualTo(PARTITIONS));

        for (int epoch = 1; epoch <= 2; epoch++) {
            CompletableFuture<FetchResponseData> next =
                    fetch(request(first.sessionId(), epoch, 1, LONG_MS, 1 << 20).setTopics(at(1, epoch - 1)));
            assertThat(next).isNotDone();
            append(1, "news");
            assertThat(partitionsOf(await(next)))
                    .extracting(PartitionData::partitionIndex)
                    .contains(1, PARTITIONS);
        }
    }

    @Test
    void refusesWhoeverPosesAsAFollower() {
        var request = request(0, -1, 1, LONG_MS, 1 << 20, 0);
        request.replicaState().setReplicaId(2).setReplicaEpoch(1);

        PartitionData refused = partitionsOf(await(fetch(request))).get(0);

        assertThat(refused.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(refused.records().sizeInBytes()).isZero();
    }

    @Test
    void waitsNoLongerThanItsClientIsThere() {
        var departures = new ArrayList<Runnable>();
        CompletableFuture<FetchResponseData> waiting =
                fetch(request(0, -1, 1, Integer.MAX_VALUE, 1 << 20, 0), departures::add);
        assertThat(waiting).isNotDone();
        assertThat(sessions.waiting()).isEqualTo(1);

        loop.execute(departures.get(0));

        assertThat(await(waiting).responses()).isEmpty();
        assertThat(sessions.waiting()).isZero();
    }

    @Test
    void aSessionOutlivesTheConnectionOnWhichItsFetchWaited() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();
        var departures = new ArrayList<Runnable>();
        CompletableFuture<FetchResponseData> waiting =
                fetch(request(session, 1, 1, Integer.MAX_VALUE, 1 << 20), departures::add);
        assertThat(waiting).isNotDone();
        append(0, "a".repeat(10));
        await(waiting);
        CompletableFuture<FetchResponseData> abandoned =
                fetch(request(session, 2, 1, Integer.MAX_VALUE, 1 << 20).setTopics(at(0, 1)), departures::add);
        assertThat(abandoned).isNotDone();
        loop.execute(departures.get(departures.size() - 1));
        await(abandoned);

        append(0, "b");

        assertThat(sizes(await(fetch(request(session, 3, 1, LONG_MS, 1 << 20)))))
                .containsExactly(true);
    }

    @Test
    void aSessionOfMorePartitionsThanThereIsRoomForIsAnsweredButNotKept() {
        int kept =
                await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(200)))).sessionId();
        assertThat(kept).isPositive();

        FetchResponseData second = await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(101))));

        assertThat(second.sessionId()).as("a busy session does not go").isZero();
        assertThat(partitionsOf(second)).hasSize(101);
        assertThat(sessions.bytes()).isEqualTo(200 * 256);
        await(fetch(request(kept, -1, 1, LONG_MS, 1 << 20, unknown(101))));
        assertThat(sessions.bytes()).as("it was ended").isZero();
    }

    @Test
    void whoNamesMorePartitionsThanAllSessionsMayHaveIsClosed() {
        CompletableFuture<FetchResponseData> tooMany = fetch(request(0, -1, 1, 0, 1 << 20, unknown(301)));

        assertThat(tooMany).isCompletedExceptionally();
        assertThatThrownBy(tooMany::join).hasCauseInstanceOf(CloseConnection.class);
    }

    @Test
    void aSessionThatGrowsBeyondTheRoomThereIsIsClosed() {
        int session =
                await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(250)))).sessionId();
        assertThat(await(fetch(request(session, 1, 1, LONG_MS, 1 << 20, unknown(300))))
                        .errorCode())
                .isZero();
        var exchange = request(session, 2, 1, 0, 1 << 20, 0)
                .setForgottenTopicsData(List.of(
                        new ForgottenTopic().setTopicId(TOPIC).setPartitions(List.of(PARTITIONS, PARTITIONS + 1))));
        assertThat(await(fetch(exchange)).errorCode()).isZero();
        assertThat(sessions.bytes()).isEqualTo(299 * 256);

        assertThat(await(fetch(request(session, 3, 1, LONG_MS, 1 << 20, 1, 2))).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());

        assertThat(sessions.size()).isZero();
        assertThat(sessions.bytes()).isZero();
        assertThat(await(fetch(request(0, 0, 1, LONG_MS, 1 << 20, unknown(10)))).sessionId())
                .isPositive();
    }

    @Test
    void aLargeFetchWaitsOnlyWhereThereIsRoomAndASmallOneAlways() {
        int[] many = IntStream.range(0, 60).toArray();
        var departures = new ArrayList<Runnable>();
        CompletableFuture<FetchResponseData> first = fetch(request(0, -1, 1, LONG_MS, 1 << 20, many), departures::add);
        assertThat(first).isNotDone();

        assertThat(partitionsOf(await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, many)))))
                .as("it is answered with what there is")
                .hasSize(60);
        CompletableFuture<FetchResponseData> small = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0));
        assertThat(small).isNotDone();
        loop.execute(departures.get(0));
        await(first);

        assertThat(fetch(request(0, -1, 1, LONG_MS, 1 << 20, many))).isNotDone();
        assertThat(sessions.waiting()).isEqualTo(2);
    }

    @Test
    void whoWaitsInASessionThatIsLetGoIsAnswered() {
        int session = await(fetch(request(0, 0, 0, 0, 1 << 20, 0))).sessionId();
        CompletableFuture<FetchResponseData> waiting = fetch(request(session, 1, 1, LONG_MS, 1 << 20));
        assertThat(waiting).isNotDone();

        await(fetch(request(session, -1, 0, 0, 1 << 20, 0)));

        await(waiting);
    }

    private static int[] unknown(int count) {
        return IntStream.range(PARTITIONS, PARTITIONS + count).toArray();
    }

    private static PartitionRecord partition(Uuid topic, int index) {
        return new PartitionRecord()
                .setTopicId(topic)
                .setPartitionId(index)
                .setReplicas(List.of(1))
                .setIsr(List.of(1))
                .setDirectories(List.of(new Uuid(3, 3)))
                .setLeader(1)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0);
    }

    private void deleteTopic() {
        var delta = new MetadataDelta.Builder().setImage(image).build();
        delta.replay(new RemoveTopicRecord().setTopicId(TOPIC));
        apply(delta);
    }

    private void apply(MetadataDelta delta) {
        MetadataImage next = delta.apply(new MetadataProvenance(1, 1, 1, true));
        image = next;
        partitions.apply(delta, next);
    }

    private void append(int partition, String value) {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value.getBytes(UTF_8)))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        var done = new CompletableFuture<AppendOutcome>();
        Partition hosted = partitions.find(new TopicPartition("topic", partition));
        assertThat(hosted).isNotNull();
        hosted.append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, (short) -1, LONG_MS, done::complete);
        assertThat(await(done).error()).isEqualTo(Errors.NONE);
    }

    private static FetchRequestData request(
            int session, int epoch, int minBytes, int maxWaitMs, int maxBytes, int... wanted) {
        var topic = new FetchTopic().setTopicId(TOPIC);
        for (int partition : wanted) {
            topic.partitions()
                    .add(new FetchPartition()
                            .setPartition(partition)
                            .setFetchOffset(0)
                            .setPartitionMaxBytes(1 << 20));
        }
        return new FetchRequestData()
                .setSessionId(session)
                .setSessionEpoch(epoch)
                .setMinBytes(minBytes)
                .setMaxWaitMs(maxWaitMs)
                .setMaxBytes(maxBytes)
                .setTopics(wanted.length == 0 ? List.of() : List.of(topic));
    }

    private static List<FetchTopic> at(int partition, long offset) {
        return List.of(new FetchTopic()
                .setTopicId(TOPIC)
                .setPartitions(List.of(new FetchPartition()
                        .setPartition(partition)
                        .setFetchOffset(offset)
                        .setPartitionMaxBytes(1 << 20))));
    }

    /** As the network does: on the loop. Returns when the request was answered or waits. */
    private CompletableFuture<FetchResponseData> fetch(FetchRequestData request) {
        return fetch(request, departure -> {});
    }

    private CompletableFuture<FetchResponseData> fetch(FetchRequestData request, Consumer<Runnable> departures) {
        RequestContext context = FetchRequests.over(loop, departures);
        return await(CompletableFuture.supplyAsync(
                        () -> List.of(handler.handle(context, request).toCompletableFuture()), loop))
                .get(0);
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static List<PartitionData> partitionsOf(FetchResponseData answer) {
        return answer.responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .peek(partition -> {
                    if (partition.records() instanceof RecordsSlice slice) {
                        slice.release();
                    }
                })
                .toList();
    }

    private static List<Errors> errorsOf(FetchResponseData answer) {
        return partitionsOf(answer).stream()
                .map(partition -> Errors.forCode(partition.errorCode()))
                .toList();
    }

    private static List<Boolean> sizes(FetchResponseData answer) {
        return partitionsOf(answer).stream()
                .map(partition -> partition.records().sizeInBytes() > 0)
                .toList();
    }
}
