package dwal.replication;

import dwal.environment.Clock;
import dwal.environment.Timer;
import dwal.protocol.Peer;
import dwal.protocol.Peers;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * What the partitions of a node share to replicate. Any thread.
 *
 * @param brokers the cluster's brokers
 * @param proposals where leaders propose in-sync replicas
 * @param fetchers what followers fetch with
 * @param lagTimeMaxMs {@code replica.lag.time.max.ms}
 * @param admitted whether an image shows this run of the node as registered: before, the metadata speak of its last run,
 *     which may have stored more than this one has, and what they say of roles must not be acted on (promise D5)
 * @param controller who is told of replicas that fail
 * @param expected followers that have new partitions to fetch from here
 * @param quotas bounds for throttled partitions
 * @param metrics what the partitions have been through
 */
public record Replication(
        Brokers brokers,
        IsrProposals proposals,
        ReplicaFetchers fetchers,
        long lagTimeMaxMs,
        Predicate<MetadataImage> admitted,
        PartitionController controller,
        ExpectedFollowers expected,
        ReplicationQuotas quotas,
        ReplicationMetrics metrics) {

    /** With metrics of its own. */
    public Replication(
            Brokers brokers,
            IsrProposals proposals,
            ReplicaFetchers fetchers,
            long lagTimeMaxMs,
            Predicate<MetadataImage> admitted,
            PartitionController controller,
            ExpectedFollowers expected,
            ReplicationQuotas quotas) {
        this(
                brokers,
                proposals,
                fetchers,
                lagTimeMaxMs,
                admitted,
                controller,
                expected,
                quotas,
                new ReplicationMetrics());
    }

    /** Replication of node {@code nodeId}. */
    public static Replication of(
            int nodeId,
            Clock clock,
            Timer timer,
            Brokers brokers,
            PartitionController controller,
            Peers peers,
            ReplicationSettings settings) {
        return new Replication(
                brokers,
                new IsrProposals(nodeId, controller, timer),
                new ReplicaFetchers(nodeId, timer, controller, peers, settings),
                settings.lagTimeMaxMs(),
                image -> shows(image, nodeId, controller.brokerEpoch()),
                controller,
                new ExpectedFollowers(clock),
                ReplicationQuotas.of(clock, settings.quotaWindows(), settings.quotaWindowSeconds()));
    }

    private static boolean shows(MetadataImage image, int nodeId, long brokerEpoch) {
        BrokerRegistration own = image.cluster().broker(nodeId);
        return own != null && brokerEpoch >= 0 && own.epoch() == brokerEpoch;
    }

    /** Of a node that has no others: nobody follows it, and it can follow nobody. */
    public static Replication alone(int nodeId, Clock clock, Timer timer) {
        var nobody = new Nobody();
        var settings = ReplicationSettings.defaults();
        return new Replication(
                nobody,
                new IsrProposals(nodeId, nobody, timer),
                new ReplicaFetchers(nodeId, timer, nobody, id -> nobody, settings),
                settings.lagTimeMaxMs(),
                image -> true,
                nobody,
                new ExpectedFollowers(clock),
                ReplicationQuotas.of(clock, settings.quotaWindows(), settings.quotaWindowSeconds()));
    }

    private record Nobody() implements Brokers, PartitionController, Peer {
        @Override
        public long epochOf(int brokerId) {
            return NO_EPOCH;
        }

        @Override
        public boolean isEligible(int brokerId) {
            return false;
        }

        @Override
        public long brokerEpoch() {
            return -1;
        }

        @Override
        public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
            return CompletableFuture.failedFuture(Errors.NOT_CONTROLLER.exception());
        }

        @Override
        public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
            done.accept(Answer.failed("this node has no peers"));
        }

        @Override
        public void close() {}
    }
}
