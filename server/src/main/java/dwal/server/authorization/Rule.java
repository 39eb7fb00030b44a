package dwal.server.authorization;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * What one API demands of those who ask: takes out of a request what they may not, has the handler answer the rest, and adds
 * errors for what it took out, in the shape and with the codes of Kafka's brokers. Any thread.
 *
 * @param <Q> the generated class of the request
 */
@FunctionalInterface
interface Rule<Q extends ApiMessage> {

    /** Has {@code next} answer what of {@code request} is allowed. */
    CompletionStage<? extends ApiMessage> handle(RequestContext context, Q request, Handler<Q> next);
}
