package dwal.gateway.http;

import dwal.server.metrics.MetricsPage;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's metrics, for Prometheus. */
final class MetricsResource implements Router.Resource {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsResource.class);

    private final MetricsPage metrics;

    MetricsResource(MetricsPage metrics) {
        this.metrics = metrics;
    }

    @Override
    public void addTo(Router router) {
        router.on("GET", "/metrics", request -> page());
    }

    private CompletableFuture<HttpAnswer> page() {
        return metrics.text()
                .thenApply(text -> HttpAnswer.of(MetricsPage.CONTENT_TYPE, text))
                .exceptionally(failure -> {
                    LOG.error("The metrics could not be gathered", failure);
                    return HttpAnswer.problem(500, "Failed", "The metrics could not be gathered; see the node's log");
                });
    }
}
