package dwal.server.quota;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.QuotaViolationException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.config.ClientQuotaManagerConfig;
import org.apache.kafka.server.quota.ClientQuotaManager;
import org.apache.kafka.server.quota.QuotaType;
import org.apache.kafka.server.quota.QuotaUtils;

/** The share of the threads' time that clients may use (KIP-124), in percent of one thread: no pause is longer than a window. */
final class RequestTimeQuota extends ClientQuotaManager {
    private final long longestPauseMs;

    RequestTimeQuota(ClientQuotaManagerConfig config, Metrics metrics, Time time) {
        super(config, metrics, QuotaType.REQUEST, time, "", Optional.empty());
        this.longestPauseMs = TimeUnit.SECONDS.toMillis(config.quotaWindowSizeSeconds());
    }

    @Override
    protected long throttleTime(QuotaViolationException violation, long timeMs) {
        return QuotaUtils.boundedThrottleTime(violation, longestPauseMs, timeMs);
    }

    @Override
    protected MetricName clientQuotaMetricName(Map<String, String> tags) {
        return metrics.metricName("request-time", QuotaType.REQUEST.toString(), "", tags);
    }
}
