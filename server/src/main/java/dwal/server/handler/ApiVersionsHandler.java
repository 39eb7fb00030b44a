package dwal.server.handler;

import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.feature.SupportedVersionRange;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.jspecify.annotations.Nullable;

/**
 * ApiVersions: what can be asked here, in which versions, and which features the cluster has.
 *
 * <p>The answer is the same for all clients until the features change, and is made once until then. Any thread.
 */
public final class ApiVersionsHandler implements Handler<ApiVersionsRequestData> {

    /**
     * The features of the cluster.
     *
     * @param supported what this node can do
     * @param finalized what the cluster has agreed on
     * @param epoch offset of the metadata that {@code finalized} is from
     */
    public record ClusterFeatures(
            Features<SupportedVersionRange> supported, Map<String, Short> finalized, long epoch) {}

    private record Answers(ClusterFeatures features, ApiVersionsResponseData older, ApiVersionsResponseData current) {}

    /** From this version on clients understand a feature whose lowest level is 0 (KAFKA-17492). */
    private static final int LEVEL_ZERO_VERSION = 4;

    private final Supplier<ApiTable> table;
    private final Supplier<ClusterFeatures> features;
    private volatile @Nullable Answers answers;

    /**
     * Answers from {@code table}.
     *
     * @param table the table that this handler itself is in, therefore known only later
     * @param features asked for each request; must be cheap, and the same object as long as nothing has changed
     */
    public ApiVersionsHandler(Supplier<ApiTable> table, Supplier<ClusterFeatures> features) {
        this.table = table;
        this.features = features;
    }

    @Override
    public CompletionStage<ApiVersionsResponseData> handle(RequestContext context, ApiVersionsRequestData request) {
        if (!new ApiVersionsRequest(request, context.apiVersion()).isValid()) {
            return CompletableFuture.completedFuture(
                    new ApiVersionsResponseData().setErrorCode(Errors.INVALID_REQUEST.code()));
        }
        Answers current = answersFor(features.get());
        return CompletableFuture.completedFuture(
                context.apiVersion() < LEVEL_ZERO_VERSION ? current.older() : current.current());
    }

    private Answers answersFor(ClusterFeatures now) {
        Answers known = answers;
        if (known == null || !known.features().equals(now)) {
            known = new Answers(now, answer(now, true), answer(now, false));
            answers = known;
        }
        return known;
    }

    private ApiVersionsResponseData answer(ClusterFeatures now, boolean older) {
        return new ApiVersionsResponse.Builder()
                .setApiVersions(versions())
                .setSupportedFeatures(now.supported())
                .setFinalizedFeatures(now.finalized())
                .setFinalizedFeaturesEpoch(now.epoch())
                .setAlterFeatureLevel0(older)
                .build()
                .data();
    }

    private ApiVersionCollection versions() {
        var versions = new ApiVersionCollection();
        for (ApiTable.Entry entry : table.get().entries()) {
            // Kafka's own method, since it knows that Produce is announced from version 0 on for librdkafka's sake.
            entry.key()
                    .toApiVersionForApiResponse(false, table.get().listener())
                    .ifPresent(versions::add);
        }
        return versions;
    }
}
