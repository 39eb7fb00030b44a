package dwal.server.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.Peer;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.PartitionController;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.Replication;
import dwal.replication.ReplicationSettings;
import dwal.server.quota.ClientQuotas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a leader makes of a follower's sessions, of which a late request may seem to open another. */
class FollowerSessionsTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int FOLLOWER = 2;
    private static final int LONG_MS = 60_000;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ThreadTimer timer = new ThreadTimer("test-timer");
    private final Queue<AlterPartitionRequestData> proposals = new ConcurrentLinkedQueue<>();
    private LogStore logs;
    private final ImageBrokers brokers = new ImageBrokers();
    private MetadataImage image = MetadataImage.EMPTY;
    private Partitions partitions;
    private Partition partition;
    private FetchHandler handler;

    @BeforeEach
    void lead() {
        Clock clock = Clock.system();
        logs = new LogStore(Disk.system(), directory, clock, timer, disk, new Random(1), StoreSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        var replication = Replication.of(
                1, clock, timer, brokers, new Proposals(), id -> new Nobody(), ReplicationSettings.defaults());
        partitions = new Partitions(
                new Partition.Surroundings(1, clock, timer, disk, replication), logs, (topic, image) -> settings);
        var delta = new MetadataDelta.Builder().setImage(image).build();
        for (int id = 1; id <= 2; id++) {
            delta.replay(new RegisterBrokerRecord()
                    .setBrokerId(id)
                    .setBrokerEpoch(10 + id)
                    .setFenced(false)
                    .setLogDirs(List.of(new Uuid(3, id))));
        }
        delta.replay(new TopicRecord().setName("topic").setTopicId(TOPIC));
        leadIn(0, delta);
        partition = partitions.find(new TopicPartition("topic", 0));
        var sessions = new FetchSessions(10, 1 << 20, LONG_MS, clock, new SplittableRandom(1));
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch());
    }

    private void leadIn(int epoch, MetadataDelta delta) {
        delta.replay(new PartitionRecord()
                .setPartitionId(0)
                .setTopicId(TOPIC)
                .setReplicas(List.of(1, FOLLOWER))
                .setIsr(List.of(1, FOLLOWER))
                .setDirectories(List.of(new Uuid(3, 1), new Uuid(3, 2)))
                .setLeader(1)
                .setLeaderEpoch(epoch)
                .setPartitionEpoch(epoch));
        image = delta.apply(new MetadataProvenance(1 + epoch, 1, 1, true));
        brokers.update(image);
        partitions.apply(delta, image);
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
    void aLateRequestThatOpensASessionDoesNotPutAnIdleFollowerOut() {
        CompletableFuture<AppendOutcome> appended = append("a", "b");
        FetchResponseData first = await(fetch(opening(0)));
        await(fetch(next(first.sessionId(), 1, 2L)));
        await(appended);
        CompletableFuture<FetchResponseData> idle =
                fetch(next(first.sessionId(), 2, null).setMaxWaitMs(LONG_MS));
        assertThat(idle).isNotDone();

        await(fetch(opening(0))); // the first request once more

        await(idle); // which has the follower say where it is
        assertThat(partition.followersThatHave(2)).isEmpty();
        await(fetch(next(first.sessionId(), 3, null)));
        assertThat(partition.followersThatHave(2)).hasSize(1);
        assertThat(proposals).isEmpty();
    }

    @Test
    void aFollowerThatStepsBackInItsSessionIsPutOutAndComesBackWithoutAnAppend() {
        CompletableFuture<AppendOutcome> appended = append("a", "b");
        int session = await(fetch(opening(0))).sessionId();
        await(fetch(next(session, 1, 2L)));
        await(appended);

        await(fetch(next(session, 2, 0L)));
        assertThat(proposals).hasSize(1);
        await(fetch(next(session, 3, 2L)));

        assertThat(partition.followersThatHave(2)).hasSize(1);
    }

    /** The answer that told it in the epoch before may have come too late, and then was not taken. */
    @Test
    void aFollowerThatFollowsInAnotherEpochIsToldTheHighWatermarkAnew() {
        CompletableFuture<AppendOutcome> appended = append("a", "b");
        int session = await(fetch(opening(0))).sessionId();
        await(fetch(next(session, 1, 2L)));
        await(appended);
        await(fetch(next(session, 2, null)));
        assertThat(await(fetch(next(session, 3, null))).responses())
                .as("all is told")
                .isEmpty();

        leadIn(1, new MetadataDelta.Builder().setImage(image).build());
        FetchRequestData inNewEpoch = next(session, 4, 2L);
        inNewEpoch.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(1);

        assertThat(await(fetch(inNewEpoch)).responses())
                .singleElement()
                .satisfies(topic ->
                        assertThat(topic.partitions().get(0).highWatermark()).isEqualTo(2));
    }

    @Test
    void aSessionThatNamesTheOneItFollowsIsBelievedAtOnce() {
        CompletableFuture<AppendOutcome> appended = append("a", "b");
        int session = await(fetch(opening(0))).sessionId();
        await(fetch(opening(2).setSessionId(session)));

        await(appended);
    }

    /** Before version 15 a follower names itself in another field, and no broker epoch; before 13 topics have names. */
    @ParameterizedTest
    @ValueSource(shorts = {4, 8, 9, 11, 12, 13, 14})
    void aFollowerThatFetchesInAnOldVersionHasWhatItSays(short version) {
        CompletableFuture<AppendOutcome> appended = append("a", "b");
        FetchResponseData first = await(fetch(inVersion(version, opening(0).setMaxWaitMs(LONG_MS)), version));
        assertThat(first.responses().get(0).partitions().get(0).records().sizeInBytes())
                .as("up to the log's end")
                .isPositive();
        await(fetch(inVersion(version, next(first.sessionId(), first.sessionId() == 0 ? 0 : 1, 2L)), version));

        await(appended);
        assertThat(partition.followersThatHave(2)).hasSize(1);
        assertThat(proposals).isEmpty();
    }

    private static FetchRequestData inVersion(short version, FetchRequestData request) {
        request.setReplicaId(FOLLOWER).setReplicaState(new ReplicaState());
        if (version < 7) {
            request.setSessionId(0).setSessionEpoch(-1);
        }
        for (FetchTopic topic : request.topics()) {
            if (version < 13) {
                topic.setTopic("topic").setTopicId(Uuid.ZERO_UUID);
            }
            for (FetchPartition one : topic.partitions()) {
                one.setCurrentLeaderEpoch(version < 9 ? -1 : one.currentLeaderEpoch());
                one.setLastFetchedEpoch(version < 12 ? -1 : one.lastFetchedEpoch());
            }
        }
        return request;
    }

    private CompletableFuture<AppendOutcome> append(String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(values[i].getBytes(UTF_8));
        }
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, records).buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        var done = new CompletableFuture<AppendOutcome>();
        partition.append(
                MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, (short) -1, LONG_MS, done::complete);
        awaitLogEnd(values.length);
        return done;
    }

    /** A follower of which something is expected is answered soon, records or not: they have to be there before it asks. */
    private void awaitLogEnd(long offset) {
        var there = new CompletableFuture<Void>();
        var watcher = new Partition.Watcher() {
            @Override
            public void news() {
                appended();
            }

            @Override
            public void appended() {
                if (partition.isOpen() && partition.log().logEndOffset() >= offset) {
                    there.complete(null);
                }
            }
        };
        partition.watch(watcher);
        watcher.appended();
        there.orTimeout(30, TimeUnit.SECONDS).join();
        partition.unwatch(watcher);
    }

    private static FetchRequestData opening(long offset) {
        return next(0, 0, offset);
    }

    /** @param offset null if the request names no partition */
    private static FetchRequestData next(int session, int epoch, Long offset) {
        var request = new FetchRequestData()
                .setReplicaState(new ReplicaState().setReplicaId(FOLLOWER).setReplicaEpoch(10 + FOLLOWER))
                .setSessionId(session)
                .setSessionEpoch(epoch)
                .setMinBytes(1)
                .setMaxWaitMs(0)
                .setMaxBytes(1 << 20);
        if (offset != null) {
            request.setTopics(List.of(new FetchTopic()
                    .setTopicId(TOPIC)
                    .setPartitions(List.of(new FetchPartition()
                            .setFetchOffset(offset)
                            .setLastFetchedEpoch(offset == 0 ? -1 : 0)
                            .setCurrentLeaderEpoch(0)
                            .setPartitionMaxBytes(1 << 20)))));
        }
        return request;
    }

    /** As the network does: on the loop. Returns when the request was answered or waits. */
    private CompletableFuture<FetchResponseData> fetch(FetchRequestData request) {
        return fetch(request, (short) 17);
    }

    private CompletableFuture<FetchResponseData> fetch(FetchRequestData request, short version) {
        var context = new RequestContext(
                ApiKeys.FETCH, version, 1, "test", new LoopbackConnection("test", "PLAINTEXT", loop));
        return await(CompletableFuture.supplyAsync(
                        () -> List.of(handler.handle(context, request).toCompletableFuture()), loop))
                .get(0);
    }

    private static <T> T await(CompletableFuture<T> future) {
        T done = future.orTimeout(30, TimeUnit.SECONDS).join();
        if (done instanceof FetchResponseData answer) {
            assertThat(answer.errorCode()).isZero();
            answer.responses()
                    .forEach(topic -> topic.partitions().forEach(one -> {
                        assertThat(one.errorCode()).isZero();
                        if (one.records() instanceof RecordsSlice slice) {
                            slice.release();
                        }
                    }));
        }
        return done;
    }

    /** A controller that takes proposals and never answers. */
    private final class Proposals implements PartitionController {
        @Override
        public long brokerEpoch() {
            return 11;
        }

        @Override
        public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
            proposals.add(request);
            return new CompletableFuture<>();
        }
    }

    private static final class Nobody implements Peer {
        @Override
        public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
            done.accept(Answer.failed("there is nobody"));
        }

        @Override
        public void close() {}
    }
}
