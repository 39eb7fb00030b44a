package dwal.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.HeapRoom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;

/**
 * A node with a real group coordinator over partitions in memory, for tests: it leads all partitions of
 * {@code __consumer_offsets}. Can be restarted: what stays is what lies in the partitions.
 */
public final class GroupNode implements AutoCloseable {
    /** Partitions of {@code __consumer_offsets}. */
    public static final int PARTITIONS = 4;

    private final Map<String, Object> settings = new HashMap<>(Map.of(
            "group.initial.rebalance.delay.ms", 0,
            "group.consumer.assignment.interval.ms", 0,
            "group.consumer.min.assignment.interval.ms", 0,
            "offsets.topic.num.partitions", PARTITIONS));
    private final VirtualTime time = new VirtualTime();
    private final InMemoryPartitions partitions = new InMemoryPartitions();
    private final Metadata metadata = Metadata.ofOneNode();
    private final ExecutorService blocking = Executors.newFixedThreadPool(2);
    private final SimulatedHeap bytes = new SimulatedHeap();
    private final HeapRoom heap = bytes.room(time);
    private GroupCoordinator coordinator = newCoordinator();
    private int epoch;

    /** Changes a setting, for the next (re)start. */
    public GroupNode set(String key, Object value) {
        settings.put(key, value);
        return this;
    }

    /** Starts a coordinator anew and waits until all partitions are served. */
    public GroupNode start() {
        startAndAskNothing();
        awaitServed();
        return this;
    }

    /** Starts a coordinator anew that leads all partitions. */
    public void startAndAskNothing() {
        startWithoutMetadata();
        if (metadata.image().topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME) == null) {
            metadata.offsetsTopic(PARTITIONS);
        }
        publish();
        electAll();
    }

    /** Waits until no partition is being loaded. */
    public void awaitServed() {
        answer(coordinator.arrived());
        for (int i = 0; i < PARTITIONS; i++) {
            awaitServed(i);
        }
    }

    private void awaitServed(int partition) {
        int suffix = 0;
        while (Groups.partitionOf("probe" + suffix, PARTITIONS) != partition) {
            suffix++;
        }
        var request = new OffsetFetchRequestGroup().setGroupId("probe" + suffix).setTopics(List.of());
        await(() -> {
            try {
                answer(groups().fetchOffsets(FakeConnection.request(ApiKeys.OFFSET_FETCH), request, false));
                return true;
            } catch (CompletionException e) {
                return Errors.forException(e) != Errors.COORDINATOR_LOAD_IN_PROGRESS;
            }
        });
    }

    /** Waits until {@code condition} holds. */
    public static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("when it took too long").isLessThan(deadline);
            LockSupport.parkNanos(100_000);
        }
    }

    /** Starts a coordinator anew, which then waits for metadata. */
    public GroupNode startWithoutMetadata() {
        coordinator = newCoordinator();
        answer(coordinator.start());
        return this;
    }

    private GroupCoordinator newCoordinator() {
        return new GroupCoordinator(
                config(Map.of()),
                image -> config(image.configs().configMapForResource(Metadata.ALL_NODES)),
                Metadata.NODE,
                partitions,
                time,
                time,
                blocking,
                heap,
                Optional.empty());
    }

    private AbstractConfig config(Map<String, String> atRunTime) {
        ConfigDef keys = new ConfigDef(GroupCoordinatorConfig.CONFIG_DEF);
        ShareGroupConfig.CONFIG_DEF.configKeys().values().forEach(keys::define);
        Map<String, Object> values = new HashMap<>(settings);
        values.putAll(atRunTime);
        return new AbstractConfig(keys, values, false);
    }

    /** Leads all partitions, in a new epoch. */
    public void electAll() {
        epoch++;
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.lead(partition(i));
            coordinator.onElection(i, epoch);
        }
        answer(coordinator.arrived());
    }

    /** Leads no partition any more. */
    public void resignAll() {
        epoch++;
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.resign(partition(i));
            coordinator.onResignation(i, OptionalInt.of(epoch));
        }
        answer(coordinator.arrived());
    }

    /** Tells the coordinator what changed in {@link #metadata}. */
    public void publish() {
        Metadata.Change change = metadata.apply();
        coordinator.onMetadataUpdate(change.delta(), change.image());
        answer(coordinator.arrived());
    }

    /** Stops the coordinator and starts another on the same partitions. */
    public void restart() {
        stop();
        start();
    }

    /** Stops the coordinator; what lies in the partitions stays. */
    public void stop() {
        coordinator.close();
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.resign(partition(i));
        }
        epoch = 0;
    }

    /** Partition {@code index} of {@code __consumer_offsets}. */
    public static TopicPartition partition(int index) {
        return new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, index);
    }

    /** The partition that holds {@code group}. */
    public static TopicPartition partitionOf(String group) {
        return partition(Groups.partitionOf(group, PARTITIONS));
    }

    /** Where requests go. */
    public Groups groups() {
        return coordinator.groups();
    }

    /** The coordinator itself. */
    public GroupCoordinator coordinator() {
        return coordinator;
    }

    /** The clock. */
    public VirtualTime time() {
        return time;
    }

    /** The heap. */
    public SimulatedHeap heap() {
        return bytes;
    }

    /** The partitions. */
    public InMemoryPartitions partitions() {
        return partitions;
    }

    /** The metadata; tell of changes with {@link #publish}. */
    public Metadata metadata() {
        return metadata;
    }

    /** What {@code stage} gives, waiting for it. */
    public static <T> T answer(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** The error with which {@code stage} fails. */
    public static Errors failure(CompletionStage<?> stage) {
        try {
            Object answer = answer(stage);
            throw new AssertionError("no failure but " + answer);
        } catch (CompletionException e) {
            return Errors.forException(e);
        }
    }

    @Override
    public void close() {
        coordinator.close();
        blocking.shutdownNow();
    }
}
