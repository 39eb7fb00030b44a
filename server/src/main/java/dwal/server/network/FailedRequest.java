package dwal.server.network;

import dwal.protocol.CloseConnection;
import dwal.protocol.KeySpread;
import dwal.protocol.RequestDecoder.NewerApiVersions;
import dwal.protocol.RequestDecoder.Request;
import dwal.protocol.Response;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the answer to a request that cannot be handled, or whose handler's stage has failed, in the shape of its API. Any thread. */
final class FailedRequest {
    private static final Logger log = LoggerFactory.getLogger(FailedRequest.class);

    private FailedRequest() {}

    /** The answer with the error code of {@code failure}; null if only closing the connection tells the client. */
    static @Nullable ApiMessage answer(Request request, Throwable failure, ClientConnection connection) {
        Throwable cause = cause(failure);
        if (cause instanceof CloseConnection) {
            return null;
        }
        if (!(cause instanceof ApiException)) {
            log.error(
                    "{} version {} of client \"{}\" at {} failed unexpectedly",
                    request.api().key().name,
                    request.version(),
                    request.clientId(),
                    connection.describe(),
                    cause);
        }
        try {
            AbstractResponse response = asKafkaKnowsIt(request).getErrorResponse(0, cause);
            return response == null ? null : response.data();
        } catch (RuntimeException e) {
            log.error("No answer can be made of a failed {}", request.api().key().name, e);
            return null;
        }
    }

    /** The answer to a client that is newer than we are: it learns our versions in the oldest form, which all can read. */
    static Response answer(NewerApiVersions newer) {
        var request = new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, newer.version());
        var body = request.getErrorResponse(0, Errors.UNSUPPORTED_VERSION.exception())
                .data();
        return new Response(ApiKeys.API_VERSIONS, (short) 0, newer.correlationId(), body);
    }

    /** Why the connection is closed when there is no answer. */
    static String reason(Request request, Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof CloseConnection
                ? String.valueOf(cause.getMessage())
                : request.api().key().name + " failed, and cannot be answered: " + cause;
    }

    /** Kafka's request classes know the shape of errors, and can only be made of bytes. */
    private static AbstractRequest asKafkaKnowsIt(Request request) {
        short version = request.version();
        ApiMessage body =
                request.body() instanceof DeleteTopicsRequestData data ? withoutMostIds(data) : request.body();
        return AbstractRequest.parseRequest(
                        request.api().key(), version, MessageUtil.toByteBufferAccessor(body, version))
                .request;
    }

    /** What has no name has one place in the table of an answer ({@link KeySpread}). */
    private static DeleteTopicsRequestData withoutMostIds(DeleteTopicsRequestData request) {
        DeleteTopicsRequestData told = request.duplicate();
        told.topics().removeIf(topic -> topic.name() == null);
        request.topics().stream()
                .filter(topic -> topic.name() == null)
                .limit(KeySpread.FEW)
                .forEach(told.topics()::add);
        return told;
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException || cause instanceof ExecutionException) {
            Throwable inner = cause.getCause();
            if (inner == null) {
                return cause;
            }
            cause = inner;
        }
        return cause;
    }
}
