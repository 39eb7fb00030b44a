package dwal.server.handler;

import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.replication.metadata.ControllerRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.EnvelopeRequest;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;

/**
 * Passes requests of clients on to the active controller: to its handler if it is in this process, else in an Envelope
 * (KIP-590), which tells it who asks. Its answer is the client's. Any thread; never blocks.
 */
public final class Forwarding {
    /** What a request gets at least: clients that do not want to wait want an answer nevertheless. */
    private static final int LEAST_MS = 1_000;

    private final ClusterMetadata metadata;
    private final ApiTable controllerApis;
    private final int timeoutMs;
    private final DefaultKafkaPrincipalBuilder principals = new DefaultKafkaPrincipalBuilder(null, null);

    /**
     * @param controllerApis what the controller of this process answers; not looked at where there is none
     * @param timeoutMs {@code request.timeout.ms}: after that a client is told that no controller has answered
     */
    public Forwarding(ClusterMetadata metadata, ApiTable controllerApis, int timeoutMs) {
        this.metadata = metadata;
        this.controllerApis = controllerApis;
        this.timeoutMs = timeoutMs;
    }

    /** A handler that passes requests on as they are. */
    <Q extends ApiMessage> Handler<Q> handler() {
        return (context, request) -> ask(context, request, timeoutMs);
    }

    /** The same for requests that say how long the client waits. */
    <Q extends ApiMessage> Handler<Q> handler(ToIntFunction<Q> clientTimeoutMs) {
        return (context, request) -> ask(context, request, clientTimeoutMs.applyAsInt(request));
    }

    /** Has the active controller answer {@code request}, of the API and version that {@code context} tells. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // the answer of the API, which the caller knows
    <A extends ApiMessage> CompletableFuture<A> ask(RequestContext context, ApiMessage request) {
        return ask(context, request, timeoutMs);
    }

    /** The same, giving up when the client does. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // the answer of the API, which the caller knows
    <A extends ApiMessage> CompletableFuture<A> ask(RequestContext context, ApiMessage request, int clientTimeoutMs) {
        return metadata.askController(
                new Forwarded<A>(context, request), Math.max(LEAST_MS, Math.min(timeoutMs, clientTimeoutMs)));
    }

    /** One request on its way. */
    private final class Forwarded<A extends ApiMessage> implements ControllerRequest<A> {
        private final RequestContext context;
        private final ApiMessage body;

        Forwarded(RequestContext context, ApiMessage body) {
            this.context = context;
            this.body = body;
        }

        @Override
        public Kind kind() {
            return Kind.FORWARDED;
        }

        @Override
        @SuppressWarnings("unchecked") // ApiTable has seen to it that handler, request and answer agree
        public CompletableFuture<A> askHere() {
            ApiTable.Entry api = controllerApis.entry(context.apiKey());
            if (api == null) {
                throw new AssertionError("the controller does not answer " + context.apiKey());
            }
            return (CompletableFuture<A>) api.handle(context, body).toCompletableFuture();
        }

        @Override
        public AbstractRequest.Builder<?> request() {
            var header = new RequestHeaderData()
                    .setRequestApiKey(context.apiKey().id)
                    .setRequestApiVersion(context.apiVersion())
                    .setCorrelationId(context.correlationId())
                    .setClientId(context.clientId());
            ByteBuffer bytes = RequestUtils.serialize(
                    header, context.apiKey().requestHeaderVersion(context.apiVersion()), body, context.apiVersion());
            return new EnvelopeRequest.Builder(
                    bytes,
                    principals.serialize(context.connection().principal()),
                    context.connection().address().getAddress());
        }

        @Override
        public A answer(AbstractResponse response) {
            var envelope = (EnvelopeResponseData) response.data();
            Errors error = Errors.forCode(envelope.errorCode());
            if (error == Errors.NOT_CONTROLLER
                    || error == Errors.UNSUPPORTED_VERSION
                    || error == Errors.REQUEST_TIMED_OUT) {
                throw error.exception();
            }
            ByteBuffer bytes = envelope.responseData();
            if (error != Errors.NONE || bytes == null) {
                throw Errors.UNKNOWN_SERVER_ERROR.exception(
                        "The active controller does not take requests from this node: " + error.message());
            }
            return parse(bytes);
        }

        @SuppressWarnings("unchecked") // the answer of the API that was asked
        private A parse(ByteBuffer bytes) {
            ByteBuffer rest = bytes.duplicate();
            ResponseHeader header =
                    ResponseHeader.parse(rest, context.apiKey().responseHeaderVersion(context.apiVersion()));
            if (header.correlationId() != context.correlationId()) {
                throw new InvalidRequestException("The controller answered request " + header.correlationId() + ", not "
                        + context.correlationId());
            }
            ApiMessage answer = context.apiKey().messageType.newResponse();
            answer.read(new ByteBufferAccessor(rest), context.apiVersion());
            return (A) answer;
        }
    }
}
