package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.AlterClientQuotasRequestData;
import org.apache.kafka.common.message.AlterClientQuotasResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.requests.AlterClientQuotasRequest;
import org.apache.kafka.common.requests.AlterClientQuotasResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.config.ServerConfigs;

/**
 * AlterClientQuotas: the controller sets and removes quotas, or says what is wrong with each. Any thread.
 *
 * @param metadata the cluster whose quotas they are
 */
record AlterClientQuotasHandler(ClusterMetadata metadata) implements Handler<AlterClientQuotasRequestData> {

    @Override
    public CompletionStage<AlterClientQuotasResponseData> handle(
            RequestContext context, AlterClientQuotasRequestData data) {
        var request = new AlterClientQuotasRequest(data, context.apiVersion());
        Map<ClientQuotaEntity, ApiError> answers = new HashMap<>();
        List<ClientQuotaAlteration> accepted = request.entries().stream()
                .filter(each -> !isRefused(each, answers))
                .toList();
        return metadata.controller()
                .alterClientQuotas(
                        ControllerContext.of(metadata, context, ServerConfigs.REQUEST_TIMEOUT_MS_DEFAULT),
                        accepted,
                        request.validateOnly())
                .thenApply(given -> {
                    answers.putAll(given);
                    return AlterClientQuotasResponse.fromQuotaEntities(answers, 0)
                            .data();
                });
    }

    /** What would be without effect is not taken; what another controller has taken can be removed. */
    private static boolean isRefused(ClientQuotaAlteration alteration, Map<ClientQuotaEntity, ApiError> answers) {
        ClientQuotaEntity entity = alteration.entity();
        boolean refused = entity.entries().containsKey(ClientQuotaEntity.IP)
                && alteration.ops().stream().anyMatch(op -> op.value() != null);
        if (refused) {
            answers.put(
                    entity,
                    new ApiError(
                            Errors.INVALID_REQUEST,
                            "dwal has no quotas for addresses (connection_creation_rate): how many connections an address"
                                    + " may have is set by max.connections.per.ip"));
        }
        return refused;
    }
}
