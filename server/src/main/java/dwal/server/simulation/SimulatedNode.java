package dwal.server.simulation;

import dwal.environment.simulated.RecordedDisk;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import dwal.protocol.Handler;
import dwal.protocol.Peer;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.PartitionController;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.ReplicaFetch;
import dwal.replication.Replication;
import dwal.server.fetch.FetchHandler;
import dwal.server.fetch.FetchSessions;
import dwal.server.handler.ListOffsetsHandler;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/**
 * A node of the simulated cluster: the real logs, partitions, fetchers and handlers over a simulated disk, network, time
 * and controller. What survives its process is its disk, and what it noted of its last clean stop.
 */
final class SimulatedNode {
    private static final int RETRY_MS = 100;
    private static final int HEARTBEAT_MS = 200;
    private static final Path DATA = Path.of("/simulated/data");

    private final int id;
    private final SimulatedCluster cluster;
    private final Random random;
    private RecordedDisk disk = new RecordedDisk();
    private @Nullable Run run;
    private long cleanEpoch = -1;

    SimulatedNode(int id, SimulatedCluster cluster, Random random) {
        this.id = id;
        this.cluster = cluster;
        this.random = random;
    }

    int id() {
        return id;
    }

    boolean isUp() {
        return run != null;
    }

    boolean isPaused() {
        return run != null && run.life.isPaused();
    }

    /** The partition, if the node is up and hosts it. */
    @Nullable
    Partition partition(int index) {
        return run == null ? null : run.partitions.find(SimulatedCluster.TOPIC, index);
    }

    /** Which run of its process this is; null while it is down. */
    @Nullable
    Object incarnation() {
        return run;
    }

    void start() {
        if (run == null) {
            var fresh = new Run();
            run = fresh;
            fresh.begin();
        }
    }

    void pause() {
        if (run != null) {
            run.life.pause();
        }
    }

    void resume() {
        if (run != null && run.life.isPaused()) {
            run.life.resume();
        }
    }

    /** Kill -9: what was written is there. */
    void kill() {
        stop(disk.killedDuring(disk.operations(), random), -1);
    }

    /** What was not synced is there in part, or not. */
    void losePower() {
        stop(disk.powerLostAfter(disk.operations(), random), -1);
    }

    /** It stops in order. */
    void stopCleanly() {
        stop(disk.killedAfter(disk.operations()), run == null ? -1 : run.brokerEpoch);
    }

    private void stop(RecordedDisk left, long noted) {
        if (run != null) {
            run.life.end();
            run = null;
            disk = left;
            cleanEpoch = noted;
        }
    }

    /** A step of the metadata is there to be read. */
    void metadataGrew() {
        if (run != null) {
            run.readMetadata();
        }
    }

    /** A request has come over the network; nothing happens if nobody is there. */
    void receive(ApiKeys api, short version, ByteBuffer bytes, Consumer<ByteBuffer> answer) {
        Run now = run;
        if (now != null) {
            now.life.guarded(() -> now.serve(api, version, bytes, answer)).run();
        }
    }

    /** A client's message has come. */
    void receive(Consumer<Partition> message, int index) {
        Run now = run;
        if (now != null) {
            now.life
                    .guarded(() -> {
                        Partition partition = now.partitions.find(SimulatedCluster.TOPIC, index);
                        if (partition != null) {
                            message.accept(partition);
                        }
                    })
                    .run();
        }
    }

    /** What is wrong on purpose is done after each step. */
    void misbehave() {
        if (run != null && !run.life.isPaused()) {
            run.misbehave();
        }
    }

    /** One run of the process. */
    private final class Run implements PartitionController {
        private final NodeLife life = new NodeLife(cluster.time());
        private final ImageBrokers brokers = new ImageBrokers();
        private final LogStore logs;
        private final Partitions partitions;
        private final Handler<FetchRequestData> fetches;
        private final ListOffsetsHandler offsets;
        private final int[] epochsSeen = new int[cluster.options().partitions()];
        private long brokerEpoch = -1;
        private int applied;
        private boolean reading;

        Run() {
            var options = cluster.options();
            logs = LogStore.withoutIndex(
                    disk,
                    DATA,
                    life,
                    life,
                    life::onDisk,
                    new SplittableRandom(id),
                    new StoreSettings(0, 100, cluster.has(Bug.DUPLICATE_CHECK_LOST) ? 0 : Long.MAX_VALUE / 2));
            var whole = Replication.of(id, life, life, brokers, this, this::peer, options.replication());
            var replication = cluster.has(Bug.ROLE_BEFORE_REGISTRATION)
                    ? new Replication(
                            whole.brokers(),
                            whole.proposals(),
                            whole.fetchers(),
                            whole.lagTimeMaxMs(),
                            i -> true,
                            this,
                            whole.expected(),
                            whole.quotas())
                    : whole;
            var settings = new PartitionSettings(logSettings(options), options.minInSync());
            partitions = new Partitions(
                    new Partition.Surroundings(id, life, life, life::onDisk, replication),
                    logs,
                    (topic, image) -> settings);
            var sessions = new FetchSessions(10, 1_000, life, new SplittableRandom(random.nextLong()));
            fetches = new FetchHandler(partitions, sessions, cluster.controller()::image, 1 << 20, null);
            offsets = new ListOffsetsHandler(partitions, cluster.controller()::image, life::onDisk);
            Arrays.fill(epochsSeen, -1);
        }

        private LogSettings logSettings(Simulation.Options options) {
            LogSettings usual = LogSettings.defaults(
                    cluster.has(Bug.UNSYNCED_FOLLOWER_COUNTED) ? SyncPolicy.INTERVAL : options.sync());
            return new LogSettings(
                    options.segmentBytes(),
                    usual.segmentMs(),
                    0,
                    -1,
                    -1,
                    false,
                    false,
                    usual.maxMessageBytes(),
                    usual.timestampType(),
                    usual.timestampBeforeMaxMs(),
                    usual.timestampAfterMaxMs(),
                    null,
                    0,
                    64,
                    usual.flushMessages(),
                    usual.flushMs(),
                    1_000,
                    usual.sync());
        }

        void begin() {
            var step = cluster.controller().whole();
            applied = cluster.steps().size();
            brokers.update(step.image());
            partitions.apply(step.delta(), step.image());
            register();
        }

        private void register() {
            if (brokerEpoch >= 0) {
                return;
            }
            long noted = cleanEpoch;
            cluster.network().send(id, SimulatedCluster.CONTROLLER, () -> {
                if (!life.isAlive() || brokerEpoch >= 0) {
                    return; // the controller tells a repeated registration of one run by its incarnation
                }
                long epoch = cluster.register(id, noted);
                brokerEpoch = epoch;
                life.guarded(this::heartbeat).run();
            });
            life.after(RETRY_MS, this::register);
        }

        private void heartbeat() {
            int seen = applied;
            cluster.network().send(id, SimulatedCluster.CONTROLLER, () -> cluster.heartbeat(id, brokerEpoch, seen));
            life.after(HEARTBEAT_MS, this::heartbeat);
        }

        /** Reads the steps of the metadata one after the other, each some time after it was made. */
        void readMetadata() {
            if (reading || applied >= cluster.steps().size()) {
                return;
            }
            reading = true;
            cluster.network().send(SimulatedCluster.CONTROLLER, id, () -> {
                if (reading) {
                    life.guarded(this::applyOne).run();
                }
            });
            life.after(RETRY_MS, () -> {
                if (reading) {
                    reading = false;
                    readMetadata();
                }
            });
        }

        private void applyOne() {
            reading = false;
            if (applied < cluster.steps().size()) {
                ModelController.Step step = cluster.steps().get(applied++);
                brokers.update(step.image());
                partitions.apply(step.delta(), step.image());
            }
            readMetadata();
        }

        // ---- the controller, from here

        @Override
        public long brokerEpoch() {
            return brokerEpoch;
        }

        @Override
        public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
            var answer = new CompletableFuture<AlterPartitionResponseData>();
            AlterPartitionRequestData sent = request.duplicate();
            cluster.network().send(id, SimulatedCluster.CONTROLLER, () -> {
                AlterPartitionResponseData said = cluster.controller().alterPartition(sent);
                cluster.network()
                        .send(
                                SimulatedCluster.CONTROLLER,
                                id,
                                () -> life.guarded(() -> answer.complete(said)).run());
            });
            life.after(
                    2_000,
                    () -> answer.completeExceptionally(
                            new org.apache.kafka.common.errors.TimeoutException("the controller is silent")));
            return answer;
        }

        // ---- other nodes, from here

        private Peer peer(int target) {
            return new Peer() {
                @Override
                public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
                    ask(target, api, request, timeoutMs, done);
                }

                @Override
                public void close() {}
            };
        }

        private void ask(int target, ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Peer.Answer> done) {
            short version = api.latestVersion();
            ByteBuffer bytes = encode(request, version);
            var first = new boolean[] {true};
            Consumer<Peer.Answer> once = answer -> {
                if (first[0]) {
                    first[0] = false;
                    done.accept(answer);
                }
            };
            life.after(timeoutMs, () -> once.accept(Peer.Answer.failed("no answer")));
            cluster.network()
                    .send(
                            id,
                            target,
                            () -> cluster.node(target)
                                    .receive(
                                            api,
                                            version,
                                            bytes.duplicate(),
                                            said -> cluster.network()
                                                    .send(
                                                            target,
                                                            id,
                                                            () -> life.guarded(() -> {
                                                                        ApiMessage body = ApiMessageType.fromApiKey(
                                                                                        api.id)
                                                                                .newResponse();
                                                                        body.read(
                                                                                new ByteBufferAccessor(
                                                                                        said.duplicate()),
                                                                                version);
                                                                        once.accept(
                                                                                new Peer.Answer(body, null, () -> {}));
                                                                    })
                                                                    .run())));
        }

        // ---- requests of others

        void serve(ApiKeys api, short version, ByteBuffer bytes, Consumer<ByteBuffer> answer) {
            ApiMessage request = ApiMessageType.fromApiKey(api.id).newRequest();
            request.read(new ByteBufferAccessor(bytes), version);
            var context = new RequestContext(api, version, 0, "peer", new Line(life));
            var stage = request instanceof FetchRequestData fetch
                    ? fetches.handle(context, bent(fetch))
                    : offsets.handle(context, (org.apache.kafka.common.message.ListOffsetsRequestData) request);
            stage.whenComplete((body, failure) -> {
                if (failure != null) {
                    cluster.fail("A handler failed", failure);
                } else if (life.isAlive()) {
                    answer.accept(encode(body instanceof FetchResponseData said ? inMemory(said) : body, version));
                }
            });
        }

        private FetchRequestData bent(FetchRequestData request) {
            if (cluster.has(Bug.TRUNCATE_TO_HIGH_WATERMARK)) {
                for (FetchTopic topic : request.topics()) {
                    for (FetchPartition partition : topic.partitions()) {
                        partition.setLastFetchedEpoch(-1);
                    }
                }
            }
            return request;
        }

        void misbehave() {
            for (int i = 0; i < epochsSeen.length; i++) {
                Partition partition = partitions.find(SimulatedCluster.TOPIC, i);
                if (partition != null && partition.isOpen()) {
                    misbehave(partition, i);
                }
            }
        }

        private void misbehave(Partition partition, int index) {
            PartitionLog log = partition.log();
            int epoch = partition.leaderEpoch();
            boolean leads = epoch >= 0;
            if (leads && (cluster.has(Bug.HIGH_WATERMARK_FROM_LEADER_ALONE) || cluster.has(Bug.ISR_GROWN_TOO_EARLY))) {
                for (int other = 1; other <= cluster.options().nodes(); other++) {
                    boolean lie = cluster.has(Bug.HIGH_WATERMARK_FROM_LEADER_ALONE)
                            ? log.highWatermark() < log.logEndOffset()
                            : !cluster.isInSync(index, other);
                    if (other != id && lie) {
                        partition.followerFetches(new ReplicaFetch(
                                other, brokers.epochOf(other), log.logEndOffset(), epoch, -1, log.logStartOffset()));
                    }
                }
            }
            int seen = cluster.epochOf(index);
            if (epochsSeen[index] != seen) {
                if (!leads && cluster.has(Bug.TRUNCATE_TO_HIGH_WATERMARK)) {
                    log.truncateTo(log.highWatermark());
                }
                if (leads && cluster.has(Bug.DUPLICATE_CHECK_LOST)) {
                    partition.maintain();
                }
                epochsSeen[index] = seen;
            }
        }
    }

    private static ByteBuffer encode(ApiMessage message, short version) {
        var cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        return bytes.flip();
    }

    private static FetchResponseData inMemory(FetchResponseData said) {
        for (FetchableTopicResponse topic : said.responses()) {
            for (PartitionData partition : topic.partitions()) {
                if (partition.records() instanceof RecordsSlice slice) {
                    partition.setRecords(Contents.bytesOf(slice));
                }
            }
        }
        return said;
    }

    /** The connection of a request, as its handler sees it. */
    private record Line(ScheduledExecutorService loop) implements RequestContext.Connection {
        @Override
        public String id() {
            return "simulated";
        }

        @Override
        public String listener() {
            return "PLAINTEXT";
        }

        @Override
        public SecurityProtocol securityProtocol() {
            return SecurityProtocol.PLAINTEXT;
        }

        @Override
        public InetAddress address() {
            return InetAddress.getLoopbackAddress();
        }

        @Override
        public int localPort() {
            return 9092;
        }

        @Override
        public KafkaPrincipal principal() {
            return KafkaPrincipal.ANONYMOUS;
        }

        @Override
        public String clientSoftwareName() {
            return "dwal";
        }

        @Override
        public String clientSoftwareVersion() {
            return "1";
        }

        @Override
        public void onClose(Runnable task) {}
    }
}
