package dwal.gateway.log;

import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.Peer;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestTimes;
import dwal.server.Doors;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * Asks nodes as a client of Kafka would: this one by calling its handler, others over a connection. Any thread; what this node
 * answers is handled on one of its network loops.
 */
public final class KafkaRequests implements AutoCloseable {
    /** As whose client all that is asked at the doors counts. */
    static final String CLIENT_ID = Doors.CLIENT_ID;

    private final Doors.Inside node;
    private final Map<Integer, Peer> peers;
    private final AtomicBoolean closed;
    private final Caller caller;

    /** Requests from {@code node}, in nobody's name. */
    public KafkaRequests(Doors.Inside node) {
        this(node, new ConcurrentHashMap<>(), new AtomicBoolean(), Caller.NOBODY);
    }

    private KafkaRequests(Doors.Inside node, Map<Integer, Peer> peers, AtomicBoolean closed, Caller caller) {
        this.node = node;
        this.peers = peers;
        this.closed = closed;
        this.caller = caller;
    }

    /** The same requests over the same connections in the name of {@code other}, if that makes a difference. */
    public KafkaRequests as(Caller other) {
        return isGuarded() ? new KafkaRequests(node, peers, closed, other) : this;
    }

    /** Whether it matters in whose name something is asked. */
    boolean isGuarded() {
        return node.authorization().isOn();
    }

    /** Why the caller may not do {@code operation} on a resource of which this node knows; null if he may. */
    public <T> @Nullable Answer<T> whyNot(ApiKeys api, AclOperation operation, ResourceType resource, String name) {
        if (!isGuarded()) {
            return null;
        }
        DoorConnection connection = connection(loops());
        var context = new RequestContext(api, highest(api), 0, CLIENT_ID, connection);
        return node.authorization().allows(context, operation, resource, name)
                ? null
                : connection.explain(Answer.refused(error(resource), null));
    }

    private static Errors error(ResourceType resource) {
        return switch (resource) {
            case TOPIC -> Errors.TOPIC_AUTHORIZATION_FAILED;
            case GROUP -> Errors.GROUP_AUTHORIZATION_FAILED;
            default -> Errors.CLUSTER_AUTHORIZATION_FAILED;
        };
    }

    private DoorConnection connection(ScheduledExecutorService loop) {
        return new DoorConnection(caller, node.listener(), loop);
    }

    private short highest(ApiKeys api) {
        return entry(api).highest();
    }

    private ApiTable.Entry entry(ApiKeys api) {
        ApiTable.Entry entry = node.apis().entry(api);
        if (entry == null) {
            throw new AssertionError("this node does not answer " + api);
        }
        return entry;
    }

    /** For waiting without a thread. */
    ScheduledExecutorService loops() {
        return node.listeners().loops();
    }

    /** Why nobody can be asked yet, though a door is open; null if there is no such reason. */
    public <T> @Nullable Answer<T> whyNotYet() {
        return node.knowsCluster().getAsBoolean()
                ? null
                : Answer.refused(
                        Errors.BROKER_NOT_AVAILABLE,
                        "The node is starting, and has not heard of the cluster yet: try again soon");
    }

    /**
     * Has {@code nodeId} answer {@code request}.
     *
     * @param take makes what is wanted of the answer, which is good only within the call
     * @return completes in any thread, and never fails; a node that did not answer gives {@code NETWORK_EXCEPTION}: it may have
     *     done what it was asked
     */
    public <A extends ApiMessage, T> CompletableFuture<Answer<T>> ask(
            int nodeId, ApiKeys api, ApiMessage request, int timeoutMs, Function<A, Answer<T>> take) {
        return ask(nodeId, api, request, timeoutMs, new RequestTimes(), take);
    }

    /** The same; {@code times} is where this node notes how it goes, if it is the one. */
    <A extends ApiMessage, T> CompletableFuture<Answer<T>> ask(
            int nodeId,
            ApiKeys api,
            ApiMessage request,
            int timeoutMs,
            RequestTimes times,
            Function<A, Answer<T>> take) {
        return nodeId == node.nodeId()
                ? askHere(api, request, times, take)
                : askThere(nodeId, api, request, timeoutMs, take);
    }

    /** Has this node answer. */
    public <A extends ApiMessage, T> CompletableFuture<Answer<T>> askHere(
            ApiKeys api, ApiMessage request, Function<A, Answer<T>> take) {
        return askHere(api, request, new RequestTimes(), take);
    }

    private <A extends ApiMessage, T> CompletableFuture<Answer<T>> askHere(
            ApiKeys api, ApiMessage request, RequestTimes times, Function<A, Answer<T>> take) {
        Answer<T> notYet = whyNotYet();
        if (notYet != null) {
            return CompletableFuture.completedFuture(notYet);
        }
        var answer = new CompletableFuture<Answer<T>>();
        ScheduledExecutorService loop = node.listeners().nextLoopExecutor();
        try {
            loop.execute(() -> handle(api, request, times, loop, take, answer));
        } catch (RejectedExecutionException e) {
            answer.complete(Answer.refused(Errors.BROKER_NOT_AVAILABLE, "The node is being stopped"));
        }
        return answer;
    }

    @SuppressWarnings("unchecked") // ApiTable has seen to it that handler, request and answer agree
    private <A extends ApiMessage, T> void handle(
            ApiKeys api,
            ApiMessage request,
            RequestTimes times,
            ScheduledExecutorService loop,
            Function<A, Answer<T>> take,
            CompletableFuture<Answer<T>> answer) {
        ApiTable.Entry entry = entry(api);
        DoorConnection self = connection(loop);
        var context = new RequestContext(api, entry.highest(), 0, CLIENT_ID, self, times);
        Answer<T> tooSoon = tooSoon(context);
        if (tooSoon != null) {
            answer.complete(tooSoon);
            return;
        }
        long begunNanos = node.quotas().request().isSet() ? node.clock().nanoTime() : 0;
        try {
            var unused = ((Handler<ApiMessage>) entry.handler())
                    .handle(context, request)
                    .whenComplete((body, failure) ->
                            answer.complete(self.explain(failure == null ? taken(take, (A) body) : refusal(failure))));
        } catch (RuntimeException e) {
            answer.complete(self.explain(refusal(e)));
        }
        if (begunNanos != 0) {
            node.quotas().useLoop(context, node.clock().nanoTime() - begunNanos);
        }
    }

    private <T> @Nullable Answer<T> tooSoon(RequestContext context) {
        int ms = node.quotas().useLoop(context, 0);
        return ms == 0
                ? null
                : Answer.throttled("The quota request_percentage of the client id " + CLIENT_ID + " is used up", ms);
    }

    private <A extends ApiMessage, T> CompletableFuture<Answer<T>> askThere(
            int nodeId, ApiKeys api, ApiMessage request, int timeoutMs, Function<A, Answer<T>> take) {
        if (closed.get()) {
            // A line that was cut is not made anew by a request that tries again.
            return CompletableFuture.completedFuture(
                    Answer.refused(Errors.BROKER_NOT_AVAILABLE, "Nobody waits for this any more"));
        }
        if (isGuarded()) {
            return askThereAllowed(nodeId, api, request, timeoutMs, take);
        }
        var told = new CompletableFuture<A>();
        CompletableFuture<Answer<T>> answer = told.handle((body, failure) -> given(take, body, failure));
        send(nodeId, api, request, timeoutMs, told);
        return answer;
    }

    /** That other node would decide what this one may ask; what the caller may is decided here. */
    private <A extends ApiMessage, T> CompletableFuture<Answer<T>> askThereAllowed(
            int nodeId, ApiKeys api, ApiMessage request, int timeoutMs, Function<A, Answer<T>> take) {
        DoorConnection self = connection(loops());
        var told = new CompletableFuture<A>();
        var allowed = new AtomicReference<@Nullable ApiMessage>();
        Handler<ApiMessage> there = (context, rest) -> {
            allowed.set(rest);
            return told;
        };
        var context = new RequestContext(api, highest(api), 0, CLIENT_ID, self);
        CompletableFuture<Answer<T>> answer = node.authorization()
                .guard(api, there)
                .handle(context, request)
                .<Answer<T>>handle((body, failure) -> {
                    @SuppressWarnings("unchecked") // the answer of the API that was asked
                    A known = (A) body;
                    return self.explain(given(take, known, failure));
                })
                .toCompletableFuture();
        ApiMessage rest = allowed.get();
        if (rest != null) {
            // Not before somebody looks at the answer, which is good only while it is being told.
            send(nodeId, api, rest, timeoutMs, told);
        }
        return answer;
    }

    private <A extends ApiMessage> void send(
            int nodeId, ApiKeys api, ApiMessage request, int timeoutMs, CompletableFuture<A> told) {
        peers.computeIfAbsent(nodeId, id -> node.peers().to(id)).send(api, request, timeoutMs, given -> {
            try {
                @SuppressWarnings("unchecked") // the answer of the API that was asked
                A body = (A) given.body();
                if (body == null) {
                    told.completeExceptionally(new NetworkException(given.failure()));
                } else {
                    told.complete(body);
                }
            } finally {
                given.release();
            }
        });
    }

    private static <A extends ApiMessage, T> Answer<T> given(
            Function<A, Answer<T>> take, @Nullable A body, @Nullable Throwable failure) {
        return body == null ? refusal(Objects.requireNonNull(failure)) : taken(take, body);
    }

    private static <A extends ApiMessage, T> Answer<T> taken(Function<A, Answer<T>> take, A body) {
        try {
            return take.apply(body);
        } catch (RuntimeException e) {
            return refusal(e);
        }
    }

    private static <T> Answer<T> refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return Answer.refused(Errors.forException(cause), cause.getMessage());
    }

    /** Completes after {@code ms}. */
    public CompletableFuture<Void> pause(long ms) {
        var over = new CompletableFuture<Void>();
        try {
            var unused = loops().schedule(() -> over.complete(null), ms, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            over.complete(null);
        }
        return over;
    }

    @Override
    public void close() {
        closed.set(true);
        peers.values().forEach(Peer::close);
    }
}
