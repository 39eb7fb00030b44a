package dwal.server.cli;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;

/**
 * What the cluster itself says about its nodes. Immutable.
 *
 * @param unfenced the brokers that are counted on
 * @param activeController the node whose controller is active, -1 if nobody says
 */
record ClusterView(Set<Integer> unfenced, int activeController) {
    private static final int TIMEOUT_MS = 5_000;

    static ClusterView unknown() {
        return new ClusterView(Set.of(), -1);
    }

    /** Asks whichever node answers at {@code addresses}; knows nothing if none does. */
    static ClusterView of(String addresses) {
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers",
                addresses,
                "request.timeout.ms",
                TIMEOUT_MS,
                "default.api.timeout.ms",
                TIMEOUT_MS))) {
            Set<Integer> unfenced =
                    admin.describeCluster().nodes().get().stream().map(Node::id).collect(Collectors.toSet());
            return new ClusterView(unfenced, activeController(admin));
        } catch (ExecutionException e) {
            return unknown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unknown();
        }
    }

    private static int activeController(Admin admin) throws InterruptedException {
        try {
            return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
        } catch (ExecutionException e) {
            return -1;
        }
    }

    boolean isUnfenced(int id) {
        return unfenced.contains(id);
    }

    boolean isActiveController(int id) {
        return id == activeController;
    }
}
