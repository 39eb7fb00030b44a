package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestTimes;
import dwal.server.handler.ApiVersionsHandler;
import dwal.server.handler.ApiVersionsHandler.ClusterFeatures;
import dwal.server.quota.ClientQuotas;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** Listeners over a few handlers that do what a test says: Produce waits for it, ListGroups and Fetch answer at once. */
final class ServedApis implements AutoCloseable {
    private static final ClusterFeatures FEATURES = new ClusterFeatures(Features.emptySupportedFeatures(), Map.of(), 0);

    /** A Produce request that waits for its answer. */
    record Produced(
            ProduceRequestData request, CompletableFuture<ApiMessage> answer, RequestTimes times, AtomicBoolean gone) {}

    final LinkedBlockingQueue<Produced> produced = new LinkedBlockingQueue<>();
    final ConcurrentLinkedQueue<RequestContext> contexts = new ConcurrentLinkedQueue<>();
    final AtomicInteger listed = new AtomicInteger();
    final NetworkSettings settings;
    final RequestMetrics metrics = new RequestMetrics(Clock.system());
    final ClientQuotas quotas = ClientQuotas.none();
    final KafkaListeners listeners;
    final int port;
    volatile int throttleMs;
    final ConcurrentLinkedQueue<WeakReference<ListGroupsRequestData>> listRequests = new ConcurrentLinkedQueue<>();
    volatile Supplier<ApiMessage> listGroups = ListGroupsResponseData::new;
    volatile Supplier<RecordsSlice> records = () -> null;

    volatile Function<FetchResponseData, CompletableFuture<FetchResponseData>> fetching =
            CompletableFuture::completedFuture;

    private final ApiTable table;

    ServedApis(NetworkSettings settings) {
        this.settings = settings;
        table = ApiTable.builder()
                .add(
                        ApiKeys.API_VERSIONS,
                        ApiVersionsRequestData.class,
                        new ApiVersionsHandler(this::table, () -> FEATURES))
                .add(ApiKeys.PRODUCE, ProduceRequestData.class, (context, request) -> {
                    var answer = new CompletableFuture<ApiMessage>();
                    context.times().throttled(throttleMs, "producer_byte_rate");
                    var gone = new AtomicBoolean();
                    context.asked().whenGone(() -> gone.set(true));
                    produced.add(new Produced(request, answer, context.times(), gone));
                    return answer;
                })
                .add(ApiKeys.LIST_GROUPS, ListGroupsRequestData.class, (context, request) -> {
                    contexts.add(context);
                    listRequests.add(new WeakReference<>(request));
                    listed.incrementAndGet();
                    return CompletableFuture.completedFuture(listGroups.get());
                })
                .add(
                        ApiKeys.FETCH,
                        FetchRequestData.class,
                        (context, request) -> fetching.apply(fetched(records.get())))
                .build();
        listeners = new KafkaListeners(
                List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 0)),
                table,
                settings,
                Clock.system(),
                metrics,
                quotas);
        listeners.start();
        port = listeners.port("PLAINTEXT");
    }

    private ApiTable table() {
        return table;
    }

    private static FetchResponseData fetched(RecordsSlice slice) {
        var topic = new FetchableTopicResponse();
        topic.partitions().add(new PartitionData().setRecords(slice));
        var body = new FetchResponseData();
        body.responses().add(topic);
        return body;
    }

    RawClient connect() throws IOException {
        return new RawClient(port);
    }

    /** The next Produce request that a handler got. */
    Produced nextProduced() throws InterruptedException {
        Produced next = produced.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no Produce request came");
        }
        return next;
    }

    static ProduceResponseData answerWithThrottle(int ms) {
        return new ProduceResponseData().setThrottleTimeMs(ms);
    }

    @Override
    public void close() {
        produced.forEach(each -> each.answer().cancel(false));
        listeners.close();
    }
}
