package dwal.protocol;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Answers one API. Called on the connection's network loop and must not block it; the answer may come later, from any
 * thread.
 *
 * <p>Bytes in {@code request} (records) point into the frame's buffer, which is released when the returned stage
 * completes. A stage that fails is answered with the error code that Kafka's {@code Errors.forException} gives, in the
 * shape of the API. The stage may give null where Kafka sends no answer (Produce with acks=0).
 *
 * @param <Q> the generated class of the request, {@code ProduceRequestData} for Produce
 */
@FunctionalInterface
public interface Handler<Q extends ApiMessage> {

    /** Handles {@code request}, which came over the connection and with the header that {@code context} tells. */
    CompletionStage<? extends ApiMessage> handle(RequestContext context, Q request);
}
