package dwal.coordinator;

import com.yammer.metrics.core.MetricsRegistry;
import dwal.environment.Clock;
import dwal.environment.HeapRoom;
import dwal.environment.Timer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.internals.Plugin;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.common.GroupVersion;
import org.apache.kafka.server.share.persister.NoOpStatePersister;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of the embedded group coordinator: built in the background, told which partitions of {@code __consumer_offsets}
 * this node leads and how the metadata changes, closed at the end. Any thread; no call but {@link #close} blocks.
 *
 * <p>What is told arrives at the embedded coordinator in the order in which it was told here, on one {@link Lane}. Nothing goes on
 * before the first metadata image: only it knows how many partitions {@code __consumer_offsets} has. Requests that come before that
 * are answered with {@code COORDINATOR_LOAD_IN_PROGRESS}, which every client repeats.
 */
public final class GroupCoordinator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCoordinator.class);

    private static final long LONGEST_WAKE_MS = 10_000;

    /** A partition whose log is stuck does not keep the node from going down. */
    private static final long LONGEST_END_MS = 1_000;

    private final AbstractConfig config;
    private final Function<MetadataImage, ? extends AbstractConfig> live;
    private final int nodeId;
    private final CoordinatorPartitions partitions;
    private final Clock clock;
    private final Timer timer;
    private final Executor blocking;
    private final Optional<Plugin<Authorizer>> authorizer;
    private final Lane lane;
    private final DormantPartitions dormant = new DormantPartitions(this::wake);
    private final GroupRequests requests;

    /** Touched on the lane only. */
    private @Nullable GroupSettings settings;

    /** Touched on the lane only. */
    private @Nullable GroupCoordinatorService service;

    /** Touched on the lane only. */
    private boolean started;

    /** Nothing that is told from now on matters. */
    private volatile boolean closing;

    /** Partitions that the embedded coordinator knows of; touched on the lane only. */
    private final Set<Integer> handedOver = new HashSet<>();

    /** What was told before the first image; touched on the lane only. */
    private final List<Runnable> beforeStart = new ArrayList<>();

    /**
     * Makes a coordinator that has not started.
     *
     * @param config the node's settings, over a definition that holds those of Kafka's group coordinator and share groups
     * @param live the same with what has been set at run time
     * @param blocking runs what may block: building, loading partitions, waiting for the embedded coordinator; two threads at
     *     least
     * @param heap where all that groups are is kept
     * @param authorizer tells which topics members may subscribe to by patterns; empty for all
     */
    public GroupCoordinator(
            AbstractConfig config,
            Function<MetadataImage, ? extends AbstractConfig> live,
            int nodeId,
            CoordinatorPartitions partitions,
            Clock clock,
            Timer timer,
            Executor blocking,
            HeapRoom heap,
            Optional<Plugin<Authorizer>> authorizer) {
        this.config = config;
        this.live = live;
        this.nodeId = nodeId;
        this.partitions = partitions;
        this.clock = clock;
        this.timer = timer;
        this.blocking = blocking;
        this.authorizer = authorizer;
        this.requests = new GroupRequests(dormant, new GroupRoom(heap, clock));
        this.lane = new Lane("the group coordinator", blocking);
    }

    /** Where requests go. */
    public Groups groups() {
        return requests;
    }

    /** Begins to build the embedded coordinator; the stage ends when that is done, or fails when the settings do not allow it. */
    public CompletionStage<Void> start() {
        CompletableFuture<Void> built = new CompletableFuture<>();
        lane.run(() -> {
            try {
                GroupSettings read = new GroupSettings(config);
                requests.useConsumerProtocol(read.consumerProtocol());
                service = build(read);
                settings = read;
                built.complete(null);
            } catch (RuntimeException | Error e) {
                requests.stop("The group coordinator could not be built: " + e.getMessage());
                built.completeExceptionally(e);
            }
        });
        return built;
    }

    private GroupCoordinatorService build(GroupSettings settings) {
        KafkaTime time = new KafkaTime(clock);
        var loader = new PartitionReplay<>(
                partitions,
                new GroupCoordinatorRecordSerde(),
                settings.coordinator().offsetsLoadBufferSize(),
                clock,
                blocking,
                this::awake);
        return new GroupCoordinatorService.Builder(nodeId, settings.coordinator())
                .withWriter(new LedPartitions(partitions, this::awake))
                .withLoader(loader)
                .withTime(time)
                .withTimer(new CoordinatorTimer(clock, timer))
                .withCoordinatorRuntimeMetrics(new UnreportedMetrics())
                // A registry of our own: Kafka's default one is a static, and several nodes run in one process.
                .withGroupCoordinatorMetrics(new GroupCoordinatorMetrics(new MetricsRegistry(), new Metrics(time)))
                .withGroupConfigManager(settings.newGroupConfigs())
                .withPersister(new NoOpStatePersister())
                .withAuthorizerPlugin(authorizer)
                .withPartitionMetadataClient(new NoShareGroups())
                .build();
    }

    /**
     * This node leads {@code partition} of {@code __consumer_offsets} from now on: its groups are read from the log and then served.
     * To be called when {@link CoordinatorPartitions} already answers for the partition.
     */
    public void onElection(int partition, int leaderEpoch) {
        tell(running -> {
            if (!handedOver.contains(partition) && isEmpty(partition)) {
                dormant.sleep(partition, leaderEpoch);
            } else {
                handOver(running, partition, leaderEpoch);
            }
        });
    }

    private boolean isEmpty(int partition) {
        return partitions
                .extent(new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, partition))
                .filter(extent -> extent.startOffset() == extent.endOffset())
                .isPresent();
    }

    private void handOver(GroupCoordinatorService running, int partition, int leaderEpoch) {
        handedOver.add(partition);
        running.onElection(partition, leaderEpoch);
    }

    /** Somebody needs a partition that sleeps; any thread. */
    private void wake(int partition, int leaderEpoch) {
        tell(running -> {
            if (dormant.sleeps(partition, leaderEpoch)) {
                handOver(running, partition, leaderEpoch);
            }
        });
        // However that ends, nobody waits for ever: the coordinator then says itself what the matter is.
        timer.after(LONGEST_WAKE_MS, () -> dormant.release(partition));
    }

    private void awake(TopicPartition partition) {
        dormant.release(partition.partition());
    }

    /** This node no longer leads {@code partition}; {@code leaderEpoch} is empty when the partition was deleted. */
    public void onResignation(int partition, OptionalInt leaderEpoch) {
        tell(running -> {
            if (handedOver.contains(partition)) {
                running.onResignation(partition, leaderEpoch);
            }
            dormant.release(partition);
        });
    }

    /** The metadata have changed, by {@code delta}, to {@code image}; the first call starts the coordinator. */
    public void onMetadataUpdate(MetadataDelta delta, MetadataImage image) {
        requests.useGroupVersion(
                image.features().finalizedVersions().getOrDefault(GroupVersion.FEATURE_NAME, (short) 0));
        onLane(() -> {
            if (service == null || settings == null) {
                return;
            }
            boolean first = !started;
            if (first || delta.configsDelta() != null) {
                settings.update(live.apply(image));
            }
            if (first) {
                started = true;
                service.startup(() -> partitionsOfOffsetsTopic(image));
            }
            service.onMetadataUpdate(delta, image);
            configureGroups(service, first ? image.configs().resourceData().keySet() : changed(delta), image);
            if (first) {
                requests.serve(service);
                beforeStart.forEach(Runnable::run);
                beforeStart.clear();
            }
        });
    }

    private int partitionsOfOffsetsTopic(MetadataImage image) {
        TopicImage topic = image.topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME);
        return topic == null
                ? config.getInt("offsets.topic.num.partitions")
                : topic.partitions().size();
    }

    private static Set<ConfigResource> changed(MetadataDelta delta) {
        return delta.configsDelta() == null
                ? Set.of()
                : delta.configsDelta().changes().keySet();
    }

    private static void configureGroups(
            GroupCoordinatorService service, Set<ConfigResource> resources, MetadataImage image) {
        for (ConfigResource resource : resources) {
            if (resource.type() == ConfigResource.Type.GROUP) {
                try {
                    service.updateGroupConfig(resource.name(), image.configs().configProperties(resource));
                } catch (RuntimeException e) {
                    LOG.error(
                            "The settings of group {} were not taken: {}. Change them with AlterConfigs",
                            resource.name(),
                            e.getMessage());
                }
            }
        }
    }

    private interface Message {
        void to(GroupCoordinatorService running);
    }

    private void tell(Message message) {
        onLane(() -> {
            if (service == null) {
                return;
            }
            if (started) {
                message.to(service);
            } else {
                GroupCoordinatorService built = service;
                beforeStart.add(() -> message.to(built));
            }
        });
    }

    /** Ends when all that was told so far has arrived at the embedded coordinator; for tests. */
    CompletableFuture<Void> arrived() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.run(() -> done.complete(null));
        return done;
    }

    /** Stops serving: requests that wait and those that come are answered with errors. Waits for the coordinator's threads. */
    @Override
    public void close() {
        closing = true;
        GroupCoordinatorService running = requests.stop("This node is going down");
        if (running != null) {
            awaitAllTakenIn(running);
            // Not on the lane: a task there may be waiting for what only this ends.
            running.shutdown();
        }
        dormant.releaseAll();
        lane.run(this::discard);
        arrived().join();
    }

    /**
     * Lets {@code running} take in what it was told: of what it has not when it is shut down it writes an error each. Its partitions
     * do one thing after the other, so it has when each of them has answered a question that it was asked behind that.
     */
    private void awaitAllTakenIn(GroupCoordinatorService running) {
        var nothing = new ListGroupsRequestData().setStatesFilter(List.of("none"));
        var unused = arrived()
                // Who asks is not looked at.
                .thenCompose(told -> running.listGroups(null, nothing))
                .orTimeout(LONGEST_END_MS, TimeUnit.MILLISECONDS)
                .handle((answer, failure) -> answer)
                .join();
    }

    /** Runs {@code task} on the lane, unless the coordinator is being closed: what was shut down answers with exceptions. */
    private void onLane(Runnable task) {
        lane.run(() -> {
            try {
                if (!closing) {
                    task.run();
                }
            } catch (CoordinatorNotAvailableException e) {
                if (!closing) {
                    throw e;
                }
            }
        });
    }

    /** Ends the threads of a coordinator that was built but never started, and takes nothing more. On the lane. */
    private void discard() {
        if (service != null && !started) {
            // Only a coordinator that was started can be shut down.
            service.startup(() -> 1);
            service.shutdown();
        }
        service = null;
        beforeStart.clear();
    }
}
