package dwal.server.fetch;

import dwal.protocol.RequestContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * A request that came over a connection of another network loop than the one that owns its session: the session is moved to
 * the loop of the connection, where the request is handled, so that no two loops ever use it. Its steps are each on the
 * loop that they name.
 */
final class SessionMove {
    private final FetchSession session;
    private final Executor here;
    private final Supplier<Errors> check;
    private final Supplier<CompletionStage<FetchResponseData>> handling;
    private final CompletableFuture<FetchResponseData> answer = new CompletableFuture<>();

    /**
     * @param here the loop of the connection
     * @param check what is wrong with the request, if anything; asked on the loop that owns the session so far
     * @param handling handles the request on {@code here}, from the beginning
     */
    SessionMove(
            FetchSession session,
            Executor here,
            Supplier<Errors> check,
            Supplier<CompletionStage<FetchResponseData>> handling) {
        this.session = session;
        this.here = here;
        this.check = check;
        this.handling = handling;
    }

    /** On the loop of the connection; the stage completes on any thread. */
    CompletionStage<FetchResponseData> start(RequestContext.Asked asked) {
        asked.whenGone(() -> answer.complete(new FetchResponseData()));
        session.owner().run(this::leave, this::networkStopped);
        return answer;
    }

    /** On the loop that owns the session so far. What is refused moves nothing, nor does what nobody waits for any more. */
    private void leave() {
        Errors error = check.get();
        if (error != Errors.NONE) {
            refuse(error);
        } else if (!answer.isDone()) {
            session.moveTo(here);
            try {
                here.execute(this::arrive);
            } catch (RejectedExecutionException e) {
                networkStopped();
            }
        }
    }

    /** On the loop of the connection. Handling it again only where the session is here, it does not go round for ever. */
    private void arrive() {
        if (answer.isDone()) {
            return;
        }
        if (!session.owner().is(here)) {
            refuse(Errors.INVALID_FETCH_SESSION_EPOCH); // another request has come since
            return;
        }
        try {
            handling.get().whenComplete((handled, failure) -> {
                if (failure == null) {
                    answer.complete(handled);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
        }
    }

    private void networkStopped() {
        refuse(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }

    private void refuse(Errors error) {
        answer.complete(new FetchResponseData().setErrorCode(error.code()));
    }
}
