package dwal.server.handler;

import dwal.protocol.ApiTable;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.config.BrokerConfig;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.AlterClientQuotasRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.PushTelemetryRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * The APIs of configuration and quotas, and those by which clients hand in their metrics, if there is somebody who takes them.
 *
 * @param metadata where what is set at run time is kept
 * @param config what the node was started with
 * @param telemetry takes the metrics of clients
 * @param forwarding the way to the active controller
 */
public record ConfigApis(
        ClusterMetadata metadata, BrokerConfig config, ClientTelemetry telemetry, Forwarding forwarding) {

    /** Adds the handler that only tells what is configured. */
    public static void addDescribe(ApiTable.Builder table, ClusterMetadata metadata, BrokerConfig config) {
        table.add(
                ApiKeys.DESCRIBE_CONFIGS,
                DescribeConfigsRequestData.class,
                new DescribeConfigsHandler(metadata::image, config, new BrokerLoggers(config.nodeId())));
    }

    /** Adds their handlers. */
    public void addTo(ApiTable.Builder table) {
        addDescribe(table, metadata, config);
        var changes = new ConfigChanges(metadata, config);
        table.add(
                        ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                        IncrementalAlterConfigsRequestData.class,
                        new IncrementalAlterConfigsHandler(changes, new BrokerLoggers(config.nodeId()), forwarding))
                .add(ApiKeys.ALTER_CONFIGS, AlterConfigsRequestData.class, new AlterConfigsHandler(changes, forwarding))
                .add(
                        ApiKeys.LIST_CONFIG_RESOURCES,
                        ListConfigResourcesRequestData.class,
                        new ListConfigResourcesHandler(metadata::image));
        table.add(
                        ApiKeys.DESCRIBE_CLIENT_QUOTAS,
                        DescribeClientQuotasRequestData.class,
                        (context, request) -> CompletableFuture.completedFuture(
                                metadata.image().clientQuotas().describe(request)))
                .add(ApiKeys.ALTER_CLIENT_QUOTAS, AlterClientQuotasRequestData.class, forwarding.handler())
                // Nobody is made here; there are some where Kafka's controllers know some, and its tools ask beside
                // quotas.
                .add(
                        ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS,
                        DescribeUserScramCredentialsRequestData.class,
                        (context, request) -> CompletableFuture.completedFuture(
                                metadata.image().scram().describe(request)));
        if (telemetry.isWanted()) {
            // As in Kafka: a client that sees these asks and sends on and on.
            table.add(
                            ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS,
                            GetTelemetrySubscriptionsRequestData.class,
                            telemetry::subscriptions)
                    .add(ApiKeys.PUSH_TELEMETRY, PushTelemetryRequestData.class, telemetry::push);
        }
    }
}
