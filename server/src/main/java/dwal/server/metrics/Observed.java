package dwal.server.metrics;

import dwal.coordinator.Groups;
import dwal.environment.Clock;
import dwal.log.LogStore;
import dwal.protocol.Peers;
import dwal.replication.Partitions;
import dwal.replication.ReplicationMetrics;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.fetch.FetchSessions;
import dwal.server.network.KafkaListeners;
import dwal.server.network.RequestMetrics;
import dwal.server.quota.ClientQuotas;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * The parts of a node that are looked at.
 *
 * @param requests what was asked over all listeners
 * @param listeners those for clients first
 * @param queues how many tasks wait in each queue that is none of the network's or a partition's
 * @param peers the other nodes
 * @param background runs what may wait
 * @param ready what {@code GET /health/ready} says
 */
public record Observed(
        RequestMetrics requests,
        ClientQuotas quotas,
        List<KafkaListeners> listeners,
        LogStore logs,
        Partitions partitions,
        ReplicationMetrics replication,
        FetchSessions fetches,
        ClusterMetadata metadata,
        Groups groups,
        Map<String, IntSupplier> queues,
        Peers peers,
        Executor background,
        Clock clock,
        BooleanSupplier ready) {}
