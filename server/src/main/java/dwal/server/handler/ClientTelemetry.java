package dwal.server.handler;

import dwal.protocol.RequestContext;
import dwal.server.config.BrokerConfig;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsRequestData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsResponseData;
import org.apache.kafka.common.message.PushTelemetryRequestData;
import org.apache.kafka.common.message.PushTelemetryResponseData;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.requests.GetTelemetrySubscriptionsRequest;
import org.apache.kafka.common.requests.PushTelemetryRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.ClientMetricsManager;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.server.metrics.ClientTelemetryExporterPlugin;
import org.apache.kafka.server.metrics.MetricConfigs;
import org.apache.kafka.server.telemetry.ClientTelemetryExporterProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the metrics that clients push (KIP-714), and hands them to the reporters of {@code metric.reporters} that want
 * them. Without such a reporter nothing runs and the APIs are not there. Any thread; {@link #apply} on the thread that
 * tells of new metadata.
 */
public final class ClientTelemetry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientTelemetry.class);

    private final ClientTelemetryExporterPlugin exporters = new ClientTelemetryExporterPlugin();
    private final @Nullable ClientMetricsManager clients;
    private final Set<String> connections = ConcurrentHashMap.newKeySet();
    private Set<String> subscriptions = Set.of();

    /** With the reporters that {@code config} names. */
    public ClientTelemetry(BrokerConfig config) {
        if (config.isSet(MetricConfigs.METRIC_REPORTER_CLASSES_CONFIG)) {
            // All that is set, their own keys among it, and, as in Kafka, the node's id.
            config.getConfiguredInstances(
                            MetricConfigs.METRIC_REPORTER_CLASSES_CONFIG,
                            MetricsReporter.class,
                            Map.of(ServerConfigs.BROKER_ID_CONFIG, Integer.toString(config.nodeId())))
                    .forEach(this::addExporter);
        }
        clients = exporters.isEmpty()
                ? null
                : new ClientMetricsManager(
                        exporters,
                        config.getInt(MetricConfigs.CLIENT_TELEMETRY_MAX_BYTES_CONFIG),
                        Time.SYSTEM,
                        new Metrics());
    }

    @SuppressWarnings({"deprecation", "removal"}) // the older of two interfaces, which plug-ins still implement
    private void addExporter(MetricsReporter reporter) {
        if (reporter instanceof ClientTelemetryExporterProvider provider) {
            exporters.add(provider.clientTelemetryExporter());
        } else if (reporter instanceof org.apache.kafka.server.telemetry.ClientTelemetry older) {
            exporters.add(older.clientReceiver());
        }
    }

    /** Whether somebody takes what clients push. */
    public boolean isWanted() {
        return clients != null;
    }

    /** Takes the subscriptions that stand in {@code image}. */
    public void apply(MetadataImage image) {
        if (clients == null) {
            return;
        }
        Set<String> now = new HashSet<>();
        image.configs().resourceData().forEach((resource, configs) -> {
            if (resource.type() == ConfigResource.Type.CLIENT_METRICS) {
                now.add(resource.name());
                clients.updateSubscription(resource.name(), configs.toProperties());
            }
        });
        for (String gone : subscriptions) {
            if (!now.contains(gone)) {
                clients.updateSubscription(gone, new Properties());
            }
        }
        subscriptions = now;
    }

    CompletionStage<GetTelemetrySubscriptionsResponseData> subscriptions(
            RequestContext context, GetTelemetrySubscriptionsRequestData request) {
        var asked = new GetTelemetrySubscriptionsRequest.Builder(request).build(context.apiVersion());
        return CompletableFuture.completedFuture(running()
                .processGetTelemetrySubscriptionRequest(asked, remembered(context))
                .data());
    }

    CompletionStage<PushTelemetryResponseData> push(RequestContext context, PushTelemetryRequestData request) {
        // The exporter may keep the bytes; the request's buffer is not its own.
        ByteBuffer metrics = request.metrics();
        if (metrics != null) {
            byte[] copy = new byte[metrics.remaining()];
            metrics.duplicate().get(copy);
            request.setMetrics(ByteBuffer.wrap(copy));
        }
        var pushed = new PushTelemetryRequest.Builder(request).build(context.apiVersion());
        return CompletableFuture.completedFuture(running()
                .processPushTelemetryRequest(pushed, remembered(context))
                .data());
    }

    private ClientMetricsManager running() {
        if (clients == null) {
            throw new AssertionError("asked although the API is not there");
        }
        return clients;
    }

    /** What is known of a client goes with its connection: one that comes back is new, and need not wait. */
    private org.apache.kafka.common.requests.RequestContext remembered(RequestContext context) {
        String id = context.connection().id();
        if (connections.add(id)) {
            context.connection().onClose(() -> {
                connections.remove(id);
                running().connectionDisconnectListener().onDisconnect(id);
            });
        }
        return kafkas(context);
    }

    private static org.apache.kafka.common.requests.RequestContext kafkas(RequestContext context) {
        var header =
                new RequestHeader(context.apiKey(), context.apiVersion(), context.clientId(), context.correlationId());
        var from = context.connection();
        return new org.apache.kafka.common.requests.RequestContext(
                header,
                from.id(),
                from.address(),
                from.principal(),
                new ListenerName(from.listener()),
                from.securityProtocol(),
                new ClientInformation(from.clientSoftwareName(), from.clientSoftwareVersion()),
                false);
    }

    @Override
    public void close() {
        try {
            if (clients != null) {
                clients.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("The reporters of client metrics did not close: {}", e.toString());
        }
    }
}
