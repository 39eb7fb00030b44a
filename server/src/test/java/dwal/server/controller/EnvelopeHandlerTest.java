package dwal.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.coordinator.FakeConnection;
import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder;
import dwal.protocol.RequestObjects;
import dwal.protocol.RequestTimes;
import dwal.server.HandLoop;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.PrincipalDeserializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.RawTaggedField;
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
    /** For the objects of one large request, not of two. */
    private static final int ROOM = 8 << 20;

    private static final byte[] ADDRESS = {10, 1, 2, 3};

    private Handler<UpdateFeaturesRequestData> handler =
            (context, request) -> CompletableFuture.completedFuture(new UpdateFeaturesResponseData());
    private RequestContext seen;

    private final EnvelopeHandler envelopes = new EnvelopeHandler(this::table, ROOM);
    private final RequestObjects objects = new RequestObjects(ROOM);
    private final HandLoop loop = new HandLoop();

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

    @Test
    void largeOnesTakePartInWhatAllRequestsMayHave() {
        Forwarded first = forward(largeEnvelope());
        assertThat(first.answer).isCompleted();
        assertThat(objects.heldBytes()).isBetween(ROOM / 2L, (long) ROOM);
        Forwarded second = forward(largeEnvelope());
        assertThat(second.answer).isNotDone();
        Forwarded third = forward(largeEnvelope());

        first.share.release();
        loop.run();
        assertThat(second.answer).isCompleted();
        assertThat(third.answer).as("there is room for one").isNotDone();
        second.share.release();
        loop.run();
        assertThat(third.answer).isCompleted();
        third.share.release();
        assertThat(objects.heldBytes()).isZero();
    }

    @Test
    void smallOnesDoNotWaitForRoom() {
        forward(largeEnvelope());
        forward(largeEnvelope());
        assertThat(forward(envelope(API, new UpdateFeaturesRequestData())).answer)
                .isCompleted();
    }

    @Test
    void oneThatIsNotWhatItShouldBeIsToldSoAfterItHasWaited() {
        Forwarded first = forward(largeEnvelope());
        EnvelopeRequestData cut = largeEnvelope();
        cut.setRequestData(cut.requestData().slice(0, cut.requestData().remaining() - 10));
        Forwarded second = forward(cut);
        assertThat(second.answer).isNotDone();
        first.share.release();
        loop.run();
        assertThat(second.answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(UnsupportedVersionException.class);
        assertThat(objects.heldBytes()).isZero();
    }

    @Test
    void oneThatWaitsIsGivenUpAfterHalfAMinuteAndWhenItsConnectionCloses() {
        Forwarded first = forward(largeEnvelope());
        Forwarded gone = forward(largeEnvelope());
        Forwarded late = forward(largeEnvelope());
        gone.gone.run();
        assertThat(gone.answer).isCompletedExceptionally();
        gone.share.release();
        loop.pass(29_999);
        assertThat(late.answer).isNotDone();
        loop.pass(30_000);
        assertThat(late.answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(TimeoutException.class)
                .withMessageContaining("-Xmx");
        late.share.release();

        seen = null;
        first.share.release();
        loop.run();
        assertThat(seen).as("nobody asks any more").isNull();
        assertThat(forward(largeEnvelope()).answer).isCompleted();
    }

    @Test
    void anEnvelopeThatIsLargeByItselfIsRefused() {
        EnvelopeRequestData padded = envelope(API, new UpdateFeaturesRequestData());
        padded.unknownTaggedFields().add(new RawTaggedField(100, new byte[1 << 20]));
        assertThatThrownBy(() -> forward(padded)).isInstanceOf(InvalidRequestException.class);
    }

    /** An envelope as its connection keeps it. */
    private final class Forwarded implements RequestContext.Asked {
        final RequestObjects.Share share;
        final int bytes;
        final CompletableFuture<EnvelopeResponseData> answer;
        Runnable gone;

        Forwarded(EnvelopeRequestData envelope) {
            var header = new RequestHeader(ApiKeys.ENVELOPE, (short) 0, "node", 1);
            ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), envelope, (short) 0);
            bytes = frame.remaining();
            share = objects.share(bytes);
            var table = ApiTable.builder(ListenerType.CONTROLLER)
                    .add(ApiKeys.ENVELOPE, EnvelopeRequestData.class, envelopes)
                    .build();
            var request = (RequestDecoder.Request) new RequestDecoder(table, ROOM).decode(frame, share);
            var node = new LoopbackConnection("node", "CONTROLLER", loop);
            var context = new RequestContext(ApiKeys.ENVELOPE, (short) 0, 1, "node", node, new RequestTimes(), this);
            answer = envelopes
                    .handle(context, (EnvelopeRequestData) request.body())
                    .toCompletableFuture();
        }

        @Override
        public int bytes() {
            return bytes;
        }

        @Override
        public RequestObjects.Share objects() {
            return share;
        }

        @Override
        public void whenGone(Runnable task) {
            gone = task;
        }
    }

    private Forwarded forward(EnvelopeRequestData envelope) {
        return new Forwarded(envelope);
    }

    private static EnvelopeRequestData largeEnvelope() {
        var features = new UpdateFeaturesRequestData();
        for (int i = 0; i < 9_000; i++) {
            features.featureUpdates().add(new FeatureUpdateKey().setFeature("feature-" + i));
        }
        return envelope(API, features);
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
