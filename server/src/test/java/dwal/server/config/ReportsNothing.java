package dwal.server.config;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;

/** A reporter to which metrics are nothing; others make of it what they are about. Any thread. */
public abstract class ReportsNothing implements MetricsReporter {
    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public final void init(List<KafkaMetric> metrics) {}

    @Override
    public final void metricChange(KafkaMetric metric) {}

    @Override
    public final void metricRemoval(KafkaMetric metric) {}

    @Override
    public final void close() {}
}
