package dwal.gateway.log;

import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.Peer;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestTimes;
import dwal.server.Doors;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Asks nodes as a client of Kafka would: this one by calling its handler, others over a connection. Any thread; what this node
 * answers is handled on one of its network loops.
 */
public final class KafkaRequests implements AutoCloseable {
    /** As whose client all that is asked at the doors counts. */
    static final String CLIENT_ID = Doors.CLIENT_ID;

    private final Doors.Inside node;
    private final Map<Integer, Peer> peers = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Requests from {@code node}. */
    public KafkaRequests(Doors.Inside node) {
        this.node = node;
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
        ApiTable.Entry entry = node.apis().entry(api);
        if (entry == null) {
            throw new AssertionError("this node does not answer " + api);
        }
        var self = new LoopbackConnection("gateway", node.listener(), loop);
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
                            answer.complete(failure == null ? taken(take, (A) body) : refusal(failure)));
        } catch (RuntimeException e) {
            answer.complete(refusal(e));
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
        if (closed) {
            // A line that was cut is not made anew by a request that tries again.
            return CompletableFuture.completedFuture(
                    Answer.refused(Errors.BROKER_NOT_AVAILABLE, "Nobody waits for this any more"));
        }
        var answer = new CompletableFuture<Answer<T>>();
        peers.computeIfAbsent(nodeId, id -> node.peers().to(id)).send(api, request, timeoutMs, given -> {
            try {
                @SuppressWarnings("unchecked") // the answer of the API that was asked
                A body = (A) given.body();
                answer.complete(
                        body == null ? Answer.refused(Errors.NETWORK_EXCEPTION, given.failure()) : taken(take, body));
            } finally {
                given.release();
            }
        });
        return answer;
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
        closed = true;
        peers.values().forEach(Peer::close);
    }
}
