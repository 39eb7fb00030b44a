package dwal.server.handler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Node;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.Replicas;

/**
 * The cluster as a client sees it that came through one listener: brokers have the addresses of their listener of that
 * name, and those without one cannot be reached. Immutable; any thread.
 */
record ListenerView(MetadataImage image, String listener) {

    /** The brokers that can be reached and are not fenced. */
    List<Node> aliveBrokers() {
        List<Node> alive = new ArrayList<>();
        for (BrokerRegistration broker : image.cluster().brokers().values()) {
            if (!broker.fenced()) {
                broker.node(listener).ifPresent(alive::add);
            }
        }
        return alive;
    }

    /** Where broker {@code id} is to be found; empty if it does not exist or has no such listener. */
    Optional<Node> node(int id) {
        BrokerRegistration broker = image.cluster().broker(id);
        return broker == null ? Optional.empty() : broker.node(listener);
    }

    /** A broker that takes requests for the controller: this one if it is alive, else any, else -1. */
    int controllerId(int self) {
        BrokerRegistration own = image.cluster().broker(self);
        if (own != null && !own.fenced()) {
            return self;
        }
        for (BrokerRegistration broker : image.cluster().brokers().values()) {
            if (!broker.fenced()) {
                return broker.id();
            }
        }
        return -1;
    }

    /** All of {@code brokers}. */
    static List<Integer> all(int[] brokers) {
        return Replicas.toList(brokers);
    }

    /** Those of {@code brokers} that are alive and can be reached. */
    List<Integer> alive(int[] brokers) {
        List<Integer> alive = new ArrayList<>(brokers.length);
        for (int id : brokers) {
            BrokerRegistration broker = image.cluster().broker(id);
            if (broker != null && isReachable(broker)) {
                alive.add(id);
            }
        }
        return alive;
    }

    /** The replicas of {@code partition} that cannot serve it: broker fenced or without this listener, or disk gone. */
    List<Integer> offline(PartitionRegistration partition) {
        List<Integer> offline = List.of();
        for (int id : partition.replicas) {
            BrokerRegistration broker = image.cluster().broker(id);
            if (broker == null || !isReachable(broker) || !broker.hasOnlineDir(partition.directory(id))) {
                // Nearly always empty, so a list is made only when there is something to put in.
                offline = offline.isEmpty() ? new ArrayList<>(partition.replicas.length) : offline;
                offline.add(id);
            }
        }
        return offline;
    }

    private boolean isReachable(BrokerRegistration broker) {
        return !broker.fenced() && broker.listeners().containsKey(listener);
    }
}
