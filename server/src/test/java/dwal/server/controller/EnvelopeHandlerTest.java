package dwal.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.coordinator.FakeConnection;
import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.PrincipalDeserializationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.junit.jupiter.api.Test;

class EnvelopeHandlerTest {
    private static final ApiKeys API = ApiKeys.UPDATE_FEATURES;
    private static final short VERSION = 1;
    private static final KafkaPrincipal ALICE = new KafkaPrincipal("User", "alice");
    private static final byte[] ADDRESS = {10, 1, 2, 3};

    private Handler<UpdateFeaturesRequestData> handler =
            (context, request) -> CompletableFuture.completedFuture(new UpdateFeaturesResponseData());
    private RequestContext seen;

    private final EnvelopeHandler envelopes = new EnvelopeHandler(this::table, 1 << 20);

    private ApiTable table() {
        return ApiTable.builder(ListenerType.CONTROLLER)
                .add(API, UpdateFeaturesRequestData.class, (context, request) -> {
                    seen = context;
                    return handler.handle(context, request);
                })
                .add(
                        ApiKeys.FETCH,
                        FetchRequestData.class,
                        (context, request) -> CompletableFuture.failedFuture(new AssertionError("is never asked")))
                .build();
    }

    @Test
    void theRequestIsHandledAsIfTheClientHadSentIt() throws Exception {
        var answer = open(ask(envelope(API, new UpdateFeaturesRequestData())));
        assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(seen.connection().principal()).isEqualTo(ALICE);
        assertThat(seen.connection().address()).isEqualTo(InetAddress.getByAddress(ADDRESS));
        assertThat(seen.connection().listener()).isEqualTo("CONTROLLER");
        assertThat(seen.clientId()).isEqualTo("client");
        assertThat(seen.apiVersion()).isEqualTo(VERSION);
    }

    @Test
    void aRefusalGoesBackInTheFormOfTheRequest() throws Exception {
        handler = (context, request) -> CompletableFuture.failedFuture(new PolicyViolationException("no"));
        assertThat(open(ask(envelope(API, new UpdateFeaturesRequestData()))).errorCode())
                .isEqualTo(Errors.POLICY_VIOLATION.code());
        handler = (context, request) -> {
            throw new IllegalStateException("a bug");
        };
        assertThat(open(ask(envelope(API, new UpdateFeaturesRequestData()))).errorCode())
                .isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
    }

    @Test
    void thatThisIsNotTheActiveControllerIsToldToTheNode() throws Exception {
        handler = (context, request) -> CompletableFuture.failedFuture(new NotControllerException("no"));
        EnvelopeResponseData answer = ask(envelope(API, new UpdateFeaturesRequestData()));
        assertThat(answer.errorCode()).isEqualTo(Errors.NOT_CONTROLLER.code());
        assertThat(answer.responseData()).isNull();
    }

    @Test
    void whatIsNotMeantToBeForwardedIsRefused() {
        assertThatThrownBy(() -> ask(envelope(ApiKeys.FETCH, new FetchRequestData())))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void nonsenseIsToldByItsKind() {
        EnvelopeRequestData envelope = envelope(API, new UpdateFeaturesRequestData());
        ByteBuffer request = envelope.requestData();
        assertThatThrownBy(() -> ask(envelope.duplicate().setRequestData(request.slice(0, 5))))
                .isInstanceOf(UnsupportedVersionException.class);
        assertThatThrownBy(() -> ask(envelope.duplicate().setRequestPrincipal(new byte[] {7})))
                .isInstanceOf(PrincipalDeserializationException.class);
        assertThatThrownBy(() -> ask(envelope.duplicate().setClientHostAddress(new byte[] {1, 2, 3})))
                .isInstanceOf(InvalidRequestException.class);
    }

    private static EnvelopeRequestData envelope(ApiKeys api, ApiMessage body) {
        short version = api == API ? VERSION : api.latestVersion(false);
        var header = new RequestHeader(api, version, "client", 5);
        return new EnvelopeRequestData()
                .setRequestData(RequestUtils.serialize(header.data(), header.headerVersion(), body, version))
                .setRequestPrincipal(new DefaultKafkaPrincipalBuilder(null, null).serialize(ALICE))
                .setClientHostAddress(ADDRESS);
    }

    private EnvelopeResponseData ask(EnvelopeRequestData envelope) throws Exception {
        return envelopes
                .handle(FakeConnection.request(ApiKeys.ENVELOPE, 0, "CONTROLLER"), envelope)
                .toCompletableFuture()
                .get();
    }

    private static UpdateFeaturesResponseData open(EnvelopeResponseData answer) {
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
        ByteBuffer bytes = answer.responseData().duplicate();
        assertThat(ResponseHeader.parse(bytes, API.responseHeaderVersion(VERSION))
                        .correlationId())
                .isEqualTo(5);
        var body = new UpdateFeaturesResponseData();
        body.read(new ByteBufferAccessor(bytes), VERSION);
        return body;
    }
}
