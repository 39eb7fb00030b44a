package dwal.server.controller;

import dwal.protocol.LoopTask;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder.Decoded;
import dwal.protocol.RequestDecoder.NoRoom;
import dwal.protocol.RequestObjects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * An envelope whose request waits, undecoded, until there is room for its objects. Owned by the network loop of the connection over
 * which the envelope came.
 */
final class AwaitedEnvelope {
    private final RequestContext context;
    private final Supplier<Decoded> decode;
    private final CompletableFuture<Decoded> opened = new CompletableFuture<>();

    /** @param decode tries whether there is room, on the loop */
    AwaitedEnvelope(RequestContext context, Supplier<Decoded> decode) {
        this.context = context;
        this.decode = decode;
    }

    /**
     * Stands in line. The stage gives, on the loop, what the request is; it fails when others hold the room for
     * {@value RequestObjects#MOST_WAIT_SECONDS} seconds, and when the connection closes.
     */
    CompletionStage<Decoded> await() {
        ScheduledExecutorService loop = context.connection().loop();
        Future<?> end = loop.schedule(this::expire, RequestObjects.MOST_WAIT_SECONDS, TimeUnit.SECONDS);
        context.asked()
                .whenGone(() -> opened.completeExceptionally(
                        new DisconnectException("The node that forwarded the request has closed the connection")));
        standInLine();
        return opened.whenComplete((decoded, failure) -> end.cancel(false));
    }

    private void standInLine() {
        context.asked().objects().await(new LoopTask(context.connection().loop(), this::retry));
    }

    private void retry() {
        if (opened.isDone()) {
            return;
        }
        Decoded decoded = decode.get();
        if (decoded instanceof NoRoom) {
            standInLine();
        } else {
            opened.complete(decoded);
        }
    }

    private void expire() {
        opened.completeExceptionally(
                new TimeoutException("The request has many fields, or large ones, and other requests take all"
                        + " that there is of the controller's heap for such ones, for "
                        + RequestObjects.MOST_WAIT_SECONDS
                        + " s now: raise -Xmx in DWAL_JVM_OPTS"));
    }
}
