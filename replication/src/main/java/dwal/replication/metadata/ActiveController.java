package dwal.replication.metadata;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The way to the active controller, in whichever process it is: the one place where that is decided.
 *
 * <p>A request goes to the leader of the metadata quorum: to the controller in this process if that is it, else over the
 * network. While no leader is known, when the connection breaks or when the one asked says that it is not the active
 * controller, it is tried again, at once when there is news of a leader, until its time is over. Any thread; never blocks.
 */
final class ActiveController implements AutoCloseable {
    private static final long FIRST_RETRY_MS = 5;
    private static final long MOST_RETRY_MS = 100;

    /** What is known of the metadata quorum's leader. */
    interface Quorum {
        /** The node that leads, if known. */
        OptionalInt leaderId();

        /** Where the controller of node {@code id} is to be reached, if known. */
        Optional<Node> address(int id);
    }

    private final int nodeId;
    private final boolean controllerHere;
    private final Quorum quorum;
    private final @Nullable ControllerConnections connections;
    private final long unansweredMs;
    private final Scheduler scheduler;
    private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param controllerHere whether this process has a controller
     * @param connections to the controllers of others; null on a node that has no others to speak to
     * @param unansweredMs after how long a connection is given up on which a request about membership got no answer
     */
    ActiveController(
            int nodeId,
            boolean controllerHere,
            Quorum quorum,
            @Nullable ControllerConnections connections,
            long unansweredMs,
            Scheduler scheduler) {
        this.nodeId = nodeId;
        this.controllerHere = controllerHere;
        this.quorum = quorum;
        this.connections = connections;
        this.unansweredMs = unansweredMs;
        this.scheduler = scheduler;
    }

    /**
     * Has the active controller answer {@code request}.
     *
     * @return fails with {@link TimeoutException} when none could be asked for {@code timeoutMs}
     */
    <A> CompletableFuture<A> ask(ControllerRequest<A> request, long timeoutMs) {
        var call = new Call<A>(request, timeoutMs);
        open.add(call);
        var unused = call.answer.whenComplete((answer, failure) -> call.end());
        call.attempt();
        if (closed) {
            call.answer.completeExceptionally(stopping());
        }
        return call.answer;
    }

    /** Somebody else leads the quorum now, or nobody: whoever waits for the former leader asks the new one. */
    void onLeaderChange() {
        OptionalInt leader = quorum.leaderId();
        if (leader.isPresent()) {
            open.forEach(call -> call.onLeader(leader.getAsInt()));
        }
    }

    /** Fails all that is under way. */
    @Override
    public void close() {
        closed = true;
        open.forEach(call -> call.answer.completeExceptionally(stopping()));
    }

    private static NotControllerException stopping() {
        return new NotControllerException("This node is stopping.");
    }

    /** One request on its way; its turns are numbered, and only the last one may begin another. */
    private final class Call<A> {
        private static final int NOBODY = -1;

        private final ControllerRequest<A> request;
        private final long timeoutMs;
        private final CompletableFuture<A> answer = new CompletableFuture<>();
        private int turn;
        private int asked = NOBODY;
        private long retryMs = FIRST_RETRY_MS;
        private @Nullable ScheduledFuture<?> expiry;

        Call(ControllerRequest<A> request, long timeoutMs) {
            this.request = request;
            this.timeoutMs = timeoutMs;
        }

        void onLeader(int leader) {
            synchronized (this) {
                if (asked == leader) {
                    return;
                }
            }
            attempt();
        }

        void attempt() {
            OptionalInt leader = quorum.leaderId();
            Optional<Node> elsewhere = leader.isPresent() && connections != null && leader.getAsInt() != nodeId
                    ? quorum.address(leader.getAsInt())
                    : Optional.empty();
            boolean here = controllerHere && leader.isPresent() && leader.getAsInt() == nodeId;
            int mine;
            synchronized (this) {
                if (answer.isDone()) {
                    return;
                }
                mine = ++turn;
                asked = here || elsewhere.isPresent() ? leader.getAsInt() : NOBODY;
            }
            if (here) {
                askHere(mine);
            } else if (elsewhere.isPresent()) {
                expireInTime();
                askThere(mine, elsewhere.get());
            } else {
                again(mine);
            }
        }

        private void askHere(int mine) {
            CompletableFuture<A> reply;
            try {
                reply = request.askHere();
            } catch (RuntimeException e) {
                reply = CompletableFuture.failedFuture(e);
            }
            var unused = reply.whenComplete((value, failure) -> take(mine, value, failure));
        }

        private void askThere(int mine, Node controller) {
            ControllerConnections network = connections;
            if (network == null) {
                throw new AssertionError("node " + nodeId + " is alone, but asks " + controller);
            }
            var unused = network.send(request.kind(), controller, request.request())
                    .thenApply(request::answer)
                    .whenComplete((value, failure) -> take(mine, value, failure));
            if (request.kind() == ControllerRequest.Kind.MEMBERSHIP) {
                giveUpIfUnanswered(mine, network, controller);
            }
        }

        /** A controller that hangs, and a host that is gone, break no connection. */
        private void giveUpIfUnanswered(int mine, ControllerConnections network, Node controller) {
            var watch = scheduler.scheduleOnce(
                    "unanswered",
                    () -> {
                        if (isCurrent(mine)) {
                            network.drop(request.kind(), controller);
                        }
                    },
                    unansweredMs);
            var unused = answer.whenComplete((value, failure) -> watch.cancel(false));
        }

        private void take(int mine, @Nullable A value, @Nullable Throwable failure) {
            if (failure == null) {
                answer.complete(value);
                return;
            }
            Throwable cause = causeOf(failure);
            if (!(cause instanceof NotControllerException) && !(cause instanceof DisconnectException)) {
                answer.completeExceptionally(cause);
            } else if (isCurrent(mine)) {
                again(mine);
            }
        }

        private void again(int mine) {
            expireInTime();
            long delay;
            synchronized (this) {
                asked = NOBODY;
                delay = retryMs;
                retryMs = Math.min(2 * retryMs, MOST_RETRY_MS);
            }
            if (!closed) {
                var unused = scheduler.scheduleOnce(
                        "ask controller",
                        () -> {
                            if (isCurrent(mine)) {
                                attempt();
                            }
                        },
                        delay);
            }
        }

        /** Not before there is something to wait for: a controller in this process keeps to deadlines itself. */
        private void expireInTime() {
            synchronized (this) {
                if (expiry == null && !answer.isDone()) {
                    expiry = scheduler.scheduleOnce("no controller", this::expire, timeoutMs);
                }
            }
        }

        private void expire() {
            OptionalInt leader = quorum.leaderId();
            answer.completeExceptionally(new TimeoutException("No controller answered within " + timeoutMs + " ms; "
                    + (leader.isPresent()
                            ? "the active one is at node " + leader.getAsInt()
                            : "the metadata quorum has no leader that this node knows of")));
        }

        private synchronized boolean isCurrent(int mine) {
            return mine == turn && !answer.isDone();
        }

        private void end() {
            open.remove(this);
            synchronized (this) {
                if (expiry != null) {
                    expiry.cancel(false);
                }
            }
        }
    }

    private static Throwable causeOf(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
