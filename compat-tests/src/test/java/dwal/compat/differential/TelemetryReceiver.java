package dwal.compat.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.telemetry.ClientTelemetryContext;
import org.apache.kafka.server.telemetry.ClientTelemetryExporter;
import org.apache.kafka.server.telemetry.ClientTelemetryExporterProvider;
import org.apache.kafka.server.telemetry.ClientTelemetryPayload;

/** Runs inside the servers: writes down the metrics that clients push, a line each, beside the server's data. Any thread. */
public final class TelemetryReceiver
        implements MetricsReporter, ClientTelemetryExporterProvider, ClientTelemetryExporter {
    /** A key of its own, which no server defines: how the file is called. */
    static final String FILE_CONFIG = "telemetry.receiver.file";

    static final String FILE = "telemetry";

    private volatile Path file = Path.of("nowhere");

    static Path file(Path serverDirectory) {
        return serverDirectory.resolve(FILE);
    }

    @Override
    public void configure(Map<String, ?> configs) {
        String data = configs.get("log.dirs") instanceof List<?> list
                ? list.get(0).toString()
                : configs.get("log.dirs").toString();
        String name = configs.get(FILE_CONFIG).toString();
        file = Path.of(data).toAbsolutePath().resolveSibling(name);
    }

    @Override
    public void init(List<KafkaMetric> metrics) {}

    @Override
    public void metricChange(KafkaMetric metric) {}

    @Override
    public void metricRemoval(KafkaMetric metric) {}

    @Override
    public void close() {}

    @Override
    public ClientTelemetryExporter clientTelemetryExporter() {
        return this;
    }

    @Override
    public synchronized void exportMetrics(ClientTelemetryContext context, ClientTelemetryPayload payload) {
        ByteBuffer data = payload.data().duplicate();
        byte[] bytes = new byte[Math.min(data.remaining(), 40)];
        int size = data.remaining();
        data.get(bytes);
        var request = context.authorizableRequestContext();
        String line = "%d bytes of %s beginning %s, terminating %s, every %d ms, from %s on %s as %s%n"
                .formatted(
                        size,
                        payload.contentType(),
                        HexFormat.of().formatHex(bytes),
                        payload.isTerminating(),
                        context.pushIntervalMs(),
                        request.clientId(),
                        request.listenerName(),
                        request.principal());
        try {
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
