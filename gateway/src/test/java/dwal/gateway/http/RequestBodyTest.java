package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.http.RequestBody.Added;
import dwal.gateway.log.QueuedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestBodyTest {
    private final QueuedBytes queued = new QueuedBytes(20);
    private final RequestBody body = new RequestBody(10, queued);

    @AfterEach
    void nothingIsCountedForARequestThatIsOver() {
        body.release();
        assertThat(queued.held()).isZero();
    }

    @Test
    void gathersWhatComesInPieces() {
        assertThat(add(body, "one")).isEqualTo(Added.TAKEN);
        assertThat(add(body, "")).isEqualTo(Added.TAKEN);
        assertThat(add(body, "two")).isEqualTo(Added.TAKEN);
        assertThat(body.whole().toString(US_ASCII)).isEqualTo("onetwo");
        assertThat(body.length()).isEqualTo(6);
        assertThat(queued.held()).isEqualTo(6);
    }

    @Test
    void aRequestWithoutABodyHasAnEmptyOne() {
        assertThat(body.whole().readableBytes()).isZero();
        assertThat(queued.held()).isZero();
    }

    @Test
    void aBodyMayBeAsLargeAsTheLimitAndNoLarger() {
        assertThat(add(body, "0123456789")).isEqualTo(Added.TAKEN);
        assertThat(add(body, "x")).isEqualTo(Added.TOO_LARGE);
        assertThat(queued.held()).as("what is refused is not counted").isEqualTo(10);
    }

    @Test
    void allConnectionsTogetherHoldNoMoreThanTheyMay() {
        var other = new RequestBody(100, queued);
        assertThat(add(other, "a".repeat(15))).isEqualTo(Added.TAKEN);
        assertThat(add(body, "123456")).isEqualTo(Added.NO_ROOM);
        assertThat(queued.held()).as("what is refused is not counted").isEqualTo(15);
        other.release();
        assertThat(add(body, "123456")).isEqualTo(Added.TAKEN);
    }

    @Test
    void whatWasReadIsCountedUntilItIsAnswered() {
        add(body, "12345");
        ByteBuf whole = body.whole();
        body.wasRead();
        assertThat(whole.refCnt()).isZero();
        assertThat(body.length()).isEqualTo(5);
        assertThat(queued.held()).isEqualTo(5);
        body.release();
        assertThat(body.length()).isZero();
        assertThat(queued.held()).isZero();
    }

    /** One byte would otherwise hold all that came with it. */
    @Test
    void keepsNoPieceItself() {
        ByteBuf piece = Unpooled.copiedBuffer("123", US_ASCII);
        body.add(UnpooledByteBufAllocator.DEFAULT, piece);
        assertThat(piece.refCnt()).isEqualTo(1);
        piece.release();
        assertThat(body.whole().toString(US_ASCII)).isEqualTo("123");
    }

    private static Added add(RequestBody to, String bytes) {
        return to.add(UnpooledByteBufAllocator.DEFAULT, Unpooled.copiedBuffer(bytes, US_ASCII));
    }
}
