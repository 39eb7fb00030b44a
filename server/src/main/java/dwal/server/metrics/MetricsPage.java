package dwal.server.metrics;

import dwal.log.IndexFigures;
import dwal.log.LogStore;
import dwal.log.StoreMetrics;
import dwal.replication.ReplicationMetrics;
import dwal.server.network.ConnectionFigures;
import dwal.server.network.DoorMetrics;
import dwal.server.network.KafkaListeners;
import dwal.server.quota.ClientQuota;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;
import org.apache.kafka.image.ClusterImage;
import org.apache.kafka.image.MetadataImage;
import org.jspecify.annotations.Nullable;

/**
 * A node's metrics in Prometheus' text format. What is a state is looked up when somebody asks, in the background; a node
 * that nobody asks only counts. Any thread; who asks while an answer is being made shares it.
 */
public final class MetricsPage {
    /** What {@link #text} is. */
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final Observed node;
    private final GroupLags lags;
    private @Nullable JvmSeries jvm;
    private @Nullable CompletableFuture<byte[]> underWay;

    /** The metrics of {@code node}. */
    public MetricsPage(Observed node) {
        this.node = node;
        this.lags = new GroupLags(node);
    }

    /** The page as it is now. */
    public CompletableFuture<byte[]> text() {
        CompletableFuture<byte[]> made;
        synchronized (this) {
            if (underWay != null) {
                return underWay;
            }
            made = new CompletableFuture<>();
            underWay = made;
        }
        var scrape = new Scrape();
        var unused = lags.committed(scrape)
                .thenApplyAsync(
                        committed -> {
                            lags.addTo(scrape, committed);
                            return text(scrape);
                        },
                        node.background())
                .whenComplete((text, failure) -> {
                    synchronized (this) {
                        underWay = null;
                    }
                    if (failure == null) {
                        made.complete(text);
                    } else {
                        made.completeExceptionally(failure);
                    }
                });
        return made;
    }

    private byte[] text(Scrape scrape) {
        addRequests(scrape);
        addQuotas(scrape);
        node.requests().doors().doors().forEach(door -> addDoor(scrape, door));
        addConnections(scrape);
        addQueues(scrape);
        addLogs(scrape);
        PartitionSeries.add(scrape, node.partitions().all());
        addReplication(scrape, node.replication());
        addCluster(scrape, node.metadata().image());
        scrape.gauge(Metric.READY, node.ready().getAsBoolean() ? 1 : 0);
        List<MetricSnapshot> all = new ArrayList<>(scrape.snapshots());
        jvm().snapshots().forEach(all::add);
        return write(new MetricSnapshots(all));
    }

    private static byte[] write(MetricSnapshots snapshots) {
        var bytes = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(bytes, snapshots, EscapingScheme.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private synchronized JvmSeries jvm() {
        if (jvm == null) {
            jvm = new JvmSeries();
        }
        return jvm;
    }

    private void addRequests(Scrape scrape) {
        node.requests().byApi().forEach((api, asked) -> {
            scrape.histogram(Metric.REQUEST_DURATION, asked.durations(), api.name);
            scrape.counter(Metric.REQUEST_BYTES, asked.requestBytes(), api.name);
            scrape.counter(Metric.RESPONSE_BYTES, asked.responseBytes(), api.name);
            asked.errors()
                    .forEach((error, count) -> scrape.counter(Metric.REQUEST_ERRORS, count, api.name, error.name()));
        });
    }

    private void addQuotas(Scrape scrape) {
        for (ClientQuota quota : node.quotas().all()) {
            scrape.counter(Metric.THROTTLES, quota.pauses(), quota.key());
            scrape.counter(Metric.THROTTLED_SECONDS, quota.pausedMs() / 1e3, quota.key());
        }
    }

    private static void addDoor(Scrape scrape, DoorMetrics.OfDoor door) {
        door.operations().forEach((operation, asked) -> {
            if (asked.durations().count() > 0) {
                scrape.histogram(Metric.GATEWAY_DURATION, asked.durations(), door.name(), operation);
            }
            if (asked.streams() > 0) {
                scrape.counter(Metric.GATEWAY_STREAMS_BEGUN, asked.streams(), door.name(), operation);
            }
            scrape.counter(Metric.GATEWAY_REQUEST_BYTES, asked.requestBytes(), door.name(), operation);
            scrape.counter(Metric.GATEWAY_RESPONSE_BYTES, asked.responseBytes(), door.name(), operation);
            asked.errors()
                    .forEach((code, count) ->
                            scrape.counter(Metric.GATEWAY_ERRORS, count, door.name(), operation, code));
        });
        scrape.gauge(Metric.GATEWAY_STREAMS, door.openStreams().getAsLong(), door.name());
        scrape.gauge(Metric.GATEWAY_MEMORY, door.heldBytes().getAsLong(), door.name());
        scrape.gauge(Metric.GATEWAY_MEMORY_LIMIT, door.heldBytesLimit(), door.name());
        addConnections(scrape, door.name(), door.connections().get());
    }

    private static void addConnections(Scrape scrape, String listener, ConnectionFigures figures) {
        scrape.gauge(Metric.CONNECTIONS, figures.open(), listener);
        scrape.counter(Metric.CONNECTIONS_ACCEPTED, figures.accepted(), listener);
        scrape.counter(Metric.CONNECTIONS_REFUSED, figures.refused(), listener);
    }

    private void addConnections(Scrape scrape) {
        for (KafkaListeners listeners : node.listeners()) {
            listeners.connectionFigures().forEach((name, figures) -> addConnections(scrape, name, figures));
        }
        scrape.counter(Metric.REFUSALS, sum(KafkaListeners::refusals));
        scrape.gauge(Metric.REQUEST_MEMORY, sum(KafkaListeners::requestBytesHeld));
        scrape.gauge(Metric.REQUEST_MEMORY_LIMIT, sum(KafkaListeners::requestBytesLimit));
        scrape.gauge(Metric.REQUEST_OBJECTS, sum(KafkaListeners::requestObjectBytesHeld));
        scrape.gauge(Metric.REQUEST_OBJECTS_LIMIT, sum(KafkaListeners::requestObjectBytesLimit));
        scrape.gauge(Metric.BUFFER_MEMORY, KafkaListeners.bufferBytesKept());
    }

    private long sum(ToLongFunction<KafkaListeners> figure) {
        return node.listeners().stream().mapToLong(figure).sum();
    }

    private void addQueues(Scrape scrape) {
        scrape.gauge(Metric.QUEUED_TASKS, sum(KafkaListeners::queuedTasks), "network");
        node.queues().forEach((name, length) -> scrape.gauge(Metric.QUEUED_TASKS, length.getAsInt(), name));
        scrape.gauge(Metric.FETCHES_WAITING, node.fetches().waiting());
        scrape.gauge(Metric.FETCH_SESSIONS, node.fetches().size());
        scrape.gauge(Metric.APPENDS_WAITING, node.replication().waitingAppends());
    }

    private void addLogs(Scrape scrape) {
        StoreMetrics logs = node.logs().metrics();
        scrape.counter(Metric.LOG_APPENDS, logs.appends());
        scrape.counter(Metric.LOG_APPENDED_RECORDS, logs.appendedRecords());
        scrape.counter(Metric.LOG_APPENDED_BYTES, logs.appendedBytes());
        scrape.counter(Metric.LOG_FAILURES, logs.failures());
        scrape.histogram(Metric.LOG_SYNCS, logs.syncs());
        LogStore.Space space = node.logs().space();
        scrape.gauge(Metric.DISK_TOTAL, space.totalBytes());
        scrape.gauge(Metric.DISK_USABLE, space.usableBytes());
        node.logs().indexFigures().ifPresent(figures -> addIndex(scrape, figures));
    }

    private static void addIndex(Scrape scrape, IndexFigures figures) {
        scrape.gauge(Metric.INDEX_MEMTABLES, figures.memtableBytes());
        scrape.gauge(Metric.INDEX_CACHE, figures.blockCacheBytes());
        scrape.gauge(Metric.INDEX_FILES, figures.fileBytes());
        scrape.gauge(Metric.INDEX_KEYS, figures.keys());
        scrape.gauge(Metric.INDEX_PENDING, figures.pendingCompactionBytes());
        scrape.gauge(Metric.INDEX_COMPACTIONS, figures.runningCompactions());
        scrape.gauge(Metric.INDEX_FLUSHES, figures.runningFlushes());
    }

    private static void addReplication(Scrape scrape, ReplicationMetrics replication) {
        scrape.counter(Metric.ISR_SHRINKS, replication.shrinks());
        scrape.counter(Metric.ISR_EXPANDS, replication.expands());
        scrape.counter(Metric.ELECTIONS, replication.elections());
        scrape.counter(Metric.REPLICATED_BYTES, replication.replicatedBytes());
    }

    private void addCluster(Scrape scrape, MetadataImage image) {
        scrape.gauge(Metric.CONTROLLER, node.metadata().activeControllerId().orElse(-1));
        scrape.gauge(Metric.METADATA_OFFSET, image.highestOffsetAndEpoch().offset());
        scrape.gauge(Metric.METADATA_EPOCH, image.highestOffsetAndEpoch().epoch());
        scrape.gauge(Metric.TOPICS, image.topics().topicsById().size());
        ClusterImage cluster = image.cluster();
        long fenced = cluster.brokers().values().stream()
                .filter(broker -> broker.fenced())
                .count();
        scrape.gauge(Metric.BROKERS, cluster.brokers().size() - fenced, "active");
        scrape.gauge(Metric.BROKERS, fenced, "fenced");
        long leaderless = image.topics().topicsById().values().stream()
                .flatMap(topic -> topic.partitions().values().stream())
                .filter(partition -> partition.leader < 0)
                .count();
        scrape.gauge(Metric.OFFLINE, leaderless);
    }
}
