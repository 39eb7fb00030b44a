package dwal.server.controller;

import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder;
import dwal.protocol.RequestDecoder.Decoded;
import dwal.protocol.RequestDecoder.NoRoom;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PrincipalDeserializationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Envelope: a request that a client sent to another node (KIP-590). It is handled as if the client had sent it here, and
 * the answer goes back in the form that the client awaits. What is inside is decoded within what the envelope may take of the heap, and
 * if there is no room, waits for it ({@link AwaitedEnvelope}). On the network loop of the other node's connection.
 *
 * <p>Errors of the envelope itself are told from errors of the request inside: the other node tries again elsewhere when
 * this is not the active controller.
 */
final class EnvelopeHandler implements Handler<EnvelopeRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeHandler.class);

    private final Supplier<ApiTable> apis;
    private final int objectBytesLimit;
    private final DefaultKafkaPrincipalBuilder principals = new DefaultKafkaPrincipalBuilder(null, null);

    /**
     * @param apis what can be in an envelope, if Kafka allows it to be forwarded
     * @param objectBytesLimit as for {@link RequestDecoder}
     */
    EnvelopeHandler(Supplier<ApiTable> apis, int objectBytesLimit) {
        this.apis = apis;
        this.objectBytesLimit = objectBytesLimit;
    }

    @Override
    public CompletionStage<EnvelopeResponseData> handle(RequestContext context, EnvelopeRequestData envelope) {
        var client = new ForwardedConnection(
                context.connection(), principal(envelope.requestPrincipal()), address(envelope.clientHostAddress()));
        if (context.asked().objects().heldBytes() > 0) {
            // It would be held while the request inside waits for room, and no node sends such an envelope.
            throw new InvalidRequestException("The fields of the envelope itself are too large");
        }
        Decoded decoded = decode(context, envelope.requestData());
        if (decoded instanceof NoRoom) {
            return new AwaitedEnvelope(context, () -> decode(context, envelope.requestData()))
                    .await()
                    .thenCompose(opened -> handle(forwardable(opened), client));
        }
        return handle(forwardable(decoded), client);
    }

    private Decoded decode(RequestContext context, ByteBuffer bytes) {
        return new RequestDecoder(apis.get(), objectBytesLimit)
                .decode(bytes.duplicate(), context.asked().objects());
    }

    private static CompletionStage<EnvelopeResponseData> handle(Request request, ForwardedConnection client) {
        var forwarded = new RequestContext(
                request.api().key(), request.version(), request.correlationId(), request.clientId(), client);
        return request.api()
                .handle(forwarded, request.body())
                .handle((body, failure) -> failure == null ? seal(request, body) : refusal(request, failure));
    }

    private static Request forwardable(Decoded decoded) {
        if (decoded instanceof Request request) {
            if (request.api().key().forwardable) {
                return request;
            }
            throw new InvalidRequestException(request.api().key() + " is not forwarded to controllers");
        }
        throw new UnsupportedVersionException("The request inside the envelope cannot be read"
                + (decoded instanceof Refused refused ? ": " + refused.reason() : ""));
    }

    private KafkaPrincipal principal(byte[] bytes) {
        try {
            return principals.deserialize(bytes);
        } catch (RuntimeException e) {
            throw new PrincipalDeserializationException("Failed to deserialize client principal from envelope", e);
        }
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new InvalidRequestException("Failed to parse client address from envelope", e);
        }
    }

    private static EnvelopeResponseData refusal(Request request, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof NotControllerException) {
            return new EnvelopeResponseData().setErrorCode(Errors.NOT_CONTROLLER.code());
        }
        if (!(cause instanceof ApiException)) {
            LOG.error("A forwarded {} failed unexpectedly", request.api().key().name, cause);
        }
        var parsed = AbstractRequest.parseRequest(
                request.api().key(),
                request.version(),
                MessageUtil.toByteBufferAccessor(request.body(), request.version()));
        return seal(request, parsed.request.getErrorResponse(0, cause).data());
    }

    private static EnvelopeResponseData seal(Request request, ApiMessage body) {
        ByteBuffer bytes = RequestUtils.serialize(
                new ResponseHeaderData().setCorrelationId(request.correlationId()),
                request.api().key().responseHeaderVersion(request.version()),
                body,
                request.version());
        return new EnvelopeResponseData().setResponseData(bytes);
    }
}
