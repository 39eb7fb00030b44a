package dwal.server;

import dwal.log.LogStore;
import dwal.replication.PartitionFigures.Role;
import dwal.replication.Partitions;
import dwal.replication.metadata.ClusterMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.kafka.metadata.BrokerRegistration;

/** Whether a node can serve what it has, and if not, why. Any thread. */
final class Readiness {
    private static final int NAMED = 5;

    private final ClusterMetadata metadata;
    private final LogStore logs;
    private final Partitions partitions;
    private final BooleanSupplier serving;

    /** @param serving whether the node has started, and is not about to stop */
    Readiness(ClusterMetadata metadata, LogStore logs, Partitions partitions, BooleanSupplier serving) {
        this.metadata = metadata;
        this.logs = logs;
        this.partitions = partitions;
        this.serving = serving;
    }

    /** What it waits for, each in a sentence; empty if it is ready. */
    List<String> waitsFor() {
        if (!serving.getAsBoolean()) {
            return List.of("The node is starting or stopping.");
        }
        List<String> reasons = new ArrayList<>();
        addMembership(reasons);
        addLogs(reasons);
        return reasons;
    }

    private void addMembership(List<String> reasons) {
        BrokerRegistration own = metadata.image().cluster().broker(metadata.nodeId());
        if (own == null || own.epoch() != metadata.brokerEpoch()) {
            reasons.add("The controller has not registered this run of the node, as far as the node knows.");
        } else if (own.fenced()) {
            reasons.add("The controller has fenced it: its heartbeats do not arrive, or it has yet to catch up with the"
                    + " cluster's metadata.");
        }
        if (!metadata.isCertain()) {
            reasons.add("No controller has answered it lately.");
        }
    }

    private void addLogs(List<String> reasons) {
        if (logs.hasFailed()) {
            reasons.add("Its disk has failed, and nothing is written before it is started anew; its log says more.");
            return;
        }
        String refusal = logs.refusal();
        if (refusal != null) {
            reasons.add("Records are refused. " + refusal + ".");
        }
        List<String> failed = partitions.all().stream()
                .filter(partition -> partition.figures().role() == Role.FAILED)
                .map(partition -> partition.id().topicPartition().toString())
                .sorted()
                .toList();
        if (!failed.isEmpty()) {
            String more = failed.size() > NAMED ? " and " + (failed.size() - NAMED) + " more" : "";
            reasons.add("Partitions are offline on it: "
                    + String.join(", ", failed.subList(0, Math.min(NAMED, failed.size()))) + more
                    + "; its log says why.");
        }
    }
}
