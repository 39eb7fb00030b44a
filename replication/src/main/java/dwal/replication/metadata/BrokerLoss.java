package dwal.replication.metadata;

import java.util.Collection;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.server.util.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the active controller fence a broker as soon as it is certain that the broker's process is gone, instead of when its
 * session times out, nine seconds after its last heartbeat. Certain means: the connection of its heartbeats has broken, or the
 * controller is new and never had one; no heartbeat has come since; and the broker's host refuses connections to all of its
 * listeners. A host that says nothing is left to the session.
 *
 * <p>Who is fenced by mistake (behind listeners that controllers cannot reach) is back with its next heartbeat. Any thread.
 */
final class BrokerLoss {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerLoss.class);

    /** A broker whose connection broke for another reason connects again within this time. */
    private static final long RECONNECT_MS = 300;

    private final int nodeId;
    private final BooleanSupplier isActive;
    private final Supplier<MetadataImage> image;
    private final Consumer<BrokerHeartbeatRequestData> fence;
    private final Probe probe;
    private final Scheduler scheduler;
    private final long heartbeatIntervalMs;

    /** Heartbeats so far, by broker: tells whether one has come since. */
    private final Map<Integer, Long> heartbeats = new ConcurrentHashMap<>();

    private final Set<String> watched = ConcurrentHashMap.newKeySet();
    private volatile OptionalInt lastLeader = OptionalInt.empty();

    /**
     * @param isActive whether the controller here is the active one
     * @param fence hands a heartbeat to that controller
     */
    BrokerLoss(
            MetadataSettings settings,
            BooleanSupplier isActive,
            Supplier<MetadataImage> image,
            Consumer<BrokerHeartbeatRequestData> fence,
            Probe probe,
            Scheduler scheduler) {
        this.nodeId = settings.nodeId();
        this.heartbeatIntervalMs = settings.heartbeatIntervalMs();
        this.isActive = isActive;
        this.image = image;
        this.fence = fence;
        this.probe = probe;
        this.scheduler = scheduler;
    }

    /**
     * A heartbeat was answered.
     *
     * @param connection the connection that it came over
     * @param onClose registers what is to be done when that connection has closed
     */
    void onHeartbeat(int broker, String connection, Consumer<Runnable> onClose) {
        heartbeats.merge(broker, 1L, Long::sum);
        if (watched.add(connection)) {
            onClose.accept(() -> {
                watched.remove(connection);
                suspectAfter(RECONNECT_MS, broker);
            });
        }
    }

    /**
     * The quorum has another leader. If that is this node, brokers that are gone already will never be heard of: the former
     * leader's first of all, since that is why there was an election.
     */
    void onLeaderChange(OptionalInt leader) {
        OptionalInt former = lastLeader;
        if (leader.isEmpty() || leader.equals(former)) {
            return;
        }
        lastLeader = leader;
        if (leader.getAsInt() != nodeId) {
            return;
        }
        for (int broker : image.get().cluster().brokers().keySet()) {
            if (broker != nodeId) {
                boolean first = former.isPresent() && former.getAsInt() == broker;
                suspectAfter(first ? RECONNECT_MS : heartbeatIntervalMs + heartbeatIntervalMs / 4, broker);
            }
        }
    }

    private void suspectAfter(long delayMs, int broker) {
        long seen = heartbeats.getOrDefault(broker, 0L);
        var unused = scheduler.scheduleOnce("broker loss", () -> suspect(broker, seen), delayMs);
    }

    private void suspect(int broker, long seen) {
        BrokerRegistration registration = image.get().cluster().broker(broker);
        if (registration == null || registration.fenced() || isAlive(broker, seen)) {
            return;
        }
        var unused = refusesAll(registration.listeners().values()).thenAccept(gone -> {
            if (gone && !isAlive(broker, seen)) {
                LOG.warn("The process of broker {} is gone: it is fenced", broker);
                fence.accept(new BrokerHeartbeatRequestData()
                        .setBrokerId(broker)
                        .setBrokerEpoch(registration.epoch())
                        .setCurrentMetadataOffset(registration.epoch())
                        .setWantFence(true));
            }
        });
    }

    private boolean isAlive(int broker, long seen) {
        return !isActive.getAsBoolean() || heartbeats.getOrDefault(broker, 0L) != seen;
    }

    private CompletableFuture<Boolean> refusesAll(Collection<Endpoint> listeners) {
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(!listeners.isEmpty());
        for (Endpoint listener : listeners) {
            all = all.thenCombine(probe.refuses(listener.host(), listener.port()), Boolean::logicalAnd);
        }
        return all;
    }
}
