package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ProducerIds;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * InitProducerId: an id of its own for each idempotent producer; whatever id it had before, it gets a new one, as in
 * Kafka. Any thread.
 *
 * <p>Transactions are not there yet. A producer with a transactional id is told UNSUPPORTED_VERSION, the code that
 * FindCoordinator gives it too: clients take it as fatal and do not try again, and it blames neither their rights nor
 * their request.
 *
 * @param producerIds where ids come from
 */
record InitProducerIdHandler(ProducerIds producerIds) implements Handler<InitProducerIdRequestData> {

    @Override
    public CompletionStage<InitProducerIdResponseData> handle(
            RequestContext context, InitProducerIdRequestData request) {
        boolean noId = request.producerId() == RecordBatch.NO_PRODUCER_ID;
        boolean noEpoch = request.producerEpoch() == RecordBatch.NO_PRODUCER_EPOCH;
        if (noId != noEpoch) {
            return refuse(Errors.INVALID_REQUEST);
        }
        String transactionalId = request.transactionalId();
        if (transactionalId != null) {
            return refuse(transactionalId.isEmpty() ? Errors.INVALID_REQUEST : Errors.UNSUPPORTED_VERSION);
        }
        return producerIds.next().handle((id, failure) -> failure == null ? answer(id) : refusal(failure));
    }

    private static InitProducerIdResponseData answer(long id) {
        return new InitProducerIdResponseData().setProducerId(id).setProducerEpoch((short) 0);
    }

    private static InitProducerIdResponseData refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return refusal(Errors.forException(cause));
    }

    private static InitProducerIdResponseData refusal(Errors error) {
        return new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(RecordBatch.NO_PRODUCER_ID)
                .setProducerEpoch(RecordBatch.NO_PRODUCER_EPOCH);
    }

    private static CompletionStage<InitProducerIdResponseData> refuse(Errors error) {
        return CompletableFuture.completedFuture(refusal(error));
    }
}
