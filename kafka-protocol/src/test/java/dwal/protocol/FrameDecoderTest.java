package dwal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.FrameDecoder.Pause;
import dwal.protocol.RequestDecoder.Refused;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final int MAX_FRAME = 10_000_000;

    private final RequestMemory memory = new RequestMemory(100_000_000);
    private final FrameDecoder decoder = new FrameDecoder(MAX_FRAME, memory);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);
    private final ExtendedHandle socket =
            (ExtendedHandle) decoder.socketBuffers().newHandle();

    @AfterEach
    void nothingIsLeftBehind() {
        channel.finishAndReleaseAll();
        assertThat(memory.heldBytes()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void cutsFramesHoweverTheBytesCome(long seed) {
        var random = new Random(seed);
        List<byte[]> frames = randomFrames(random, 60);
        ByteBuf stream = stream(frames);
        List<byte[]> seen = new ArrayList<>();

        while (stream.isReadable()) {
            int most = 1 + random.nextInt(1 << random.nextInt(18));
            if (seed % 2 == 0) {
                readFromSocket(stream, most);
            } else {
                channel.writeInbound(stream.readRetainedSlice(Math.min(most, stream.readableBytes())));
            }
            takeFrames(seen);
        }

        assertThat(seen).containsExactlyElementsOf(frames);
        stream.release();
    }

    @Test
    void readsLargeFramesThatFollowEachOtherWithoutCopyingAndWithOneCallEach() {
        byte[] frame = new byte[65_700];
        ByteBuf stream = stream(List.of(frame, frame, frame, frame, frame, frame));
        takeUntilFirstFrame(stream);
        int reads = 0;
        List<byte[]> seen = new ArrayList<>();
        while (stream.isReadable()) {
            ByteBuf lent = socket.allocate(PooledByteBufAllocator.DEFAULT);
            assertThat(lent.writableBytes()).isLessThanOrEqualTo(frame.length + 8);
            deliver(stream, lent, Integer.MAX_VALUE);
            reads++;
            takeFrames(seen);
        }
        assertThat(seen).hasSize(5);
        assertThat(reads).isEqualTo(5);
        stream.release();
    }

    private void takeUntilFirstFrame(ByteBuf stream) {
        List<byte[]> seen = new ArrayList<>();
        while (seen.isEmpty()) {
            readFromSocket(stream, Integer.MAX_VALUE);
            takeFrames(seen);
        }
    }

    @Test
    void memoryFollowsWhatArrivesNotWhatIsAnnounced() {
        ByteBuf announced = Unpooled.buffer().writeInt(9_900_000).writeZero(26);
        readFromSocket(announced, Integer.MAX_VALUE);
        assertThat(memory.heldBytes()).isLessThanOrEqualTo(4096);
        announced.release();

        ByteBuf more = Unpooled.buffer().writeZero(1_000_000);
        while (more.isReadable()) {
            readFromSocket(more, 1000);
            assertThat(memory.heldBytes()).isLessThanOrEqualTo(65_536 + 2L * decoder.unfinishedBytes());
        }
        more.release();
    }

    @Test
    void oneLargeFrameDoesNotEarnMoreThanAMegabyte() {
        ByteBuf stream = stream(List.of(new byte[5_000_000]));
        stream.writeInt(9_000_000).writeByte(1);
        List<byte[]> seen = new ArrayList<>();
        while (stream.isReadable()) {
            readFromSocket(stream, Integer.MAX_VALUE);
            takeFrames(seen);
        }
        assertThat(seen).hasSize(1);
        assertThat(memory.heldBytes()).isLessThanOrEqualTo(1 << 20);
        stream.release();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(ints = {-1, Integer.MIN_VALUE, MAX_FRAME + 1, Integer.MAX_VALUE})
    void refusesLengthsThatNoFrameHas(int length) {
        channel.writeInbound(Unpooled.buffer().writeInt(length));
        assertThat(next()).isInstanceOf(Refused.class);

        channel.writeInbound(Unpooled.buffer().writeInt(0));
        assertThat(next()).isNull();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "POST /topics HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\n"})
    void recognisesHttp(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        assertThat(((Refused) channel.readInbound()).reason()).contains("HTTP");
    }

    @Test
    void recognisesTls() {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, 0xc, 3, 3}));
        assertThat(((Refused) channel.readInbound()).reason()).contains("TLS").contains("security.protocol");
    }

    @Test
    void handsOnNothingWhilePausedAndStopsReadingOnlyWhenMoreComes() {
        decoder.pause(Pause.TURN);
        assertThat(channel.config().isAutoRead()).isTrue();

        channel.writeInbound(stream(List.of(new byte[3], new byte[4])));
        assertThat(next()).isNull();
        assertThat(channel.config().isAutoRead()).isFalse();

        decoder.pause(Pause.ANSWERS);
        decoder.resume(context(), Pause.TURN);
        assertThat(next()).isNull();

        decoder.resume(context(), Pause.ANSWERS);
        List<byte[]> seen = new ArrayList<>();
        takeFrames(seen);
        assertThat(seen).containsExactly(new byte[3], new byte[4]);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void waitsForMemoryButOneMayFinishItsFrame() {
        var small = new RequestMemory(100_000);
        var first = new EmbeddedChannel(new FrameDecoder(MAX_FRAME, small));
        var second = new EmbeddedChannel(new FrameDecoder(MAX_FRAME, small));
        var third = new EmbeddedChannel(new FrameDecoder(MAX_FRAME, small));
        byte[] frame = new byte[200_000];

        ByteBuf bytes = stream(List.of(frame));
        first.writeInbound(bytes.readRetainedSlice(150_000));
        assertThat(first.config().isAutoRead()).as("goes over the limit").isTrue();
        second.writeInbound(bytes.retainedSlice(0, 5_000));
        assertThat(second.config().isAutoRead()).as("has room already").isTrue();
        second.writeInbound(bytes.retainedSlice(5_000, 50_000));
        assertThat(second.config().isAutoRead()).isFalse();
        third.writeInbound(Unpooled.buffer().writeInt(200_000).writeZero(4_092));
        assertThat(third.config().isAutoRead()).isFalse();
        assertThat(small.isShort()).isTrue();

        first.writeInbound(bytes.readRetainedSlice(bytes.readableBytes()));
        ((ByteBuf) first.readInbound()).release();
        first.pipeline().get(FrameDecoder.class).frameReleased(frame.length);
        second.runPendingTasks();
        third.runPendingTasks();

        assertThat(second.config().isAutoRead()).isTrue();
        assertThat(third.config().isAutoRead()).isTrue();
        first.finishAndReleaseAll();
        second.finishAndReleaseAll();
        third.finishAndReleaseAll();
        assertThat(small.heldBytes()).isZero();
        bytes.release();
    }

    @Test
    void whoWaitedForMemoryOnALoopThatHasEndedHoldsUpNobody() {
        var scarce = new RequestMemory(100);
        scarce.hold(200);
        assertThat(scarce.overdraw("another", 0)).isTrue();
        var loops = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
        var waiting = new LocalChannel();
        waiting.pipeline().addLast(new FrameDecoder(MAX_FRAME, scarce));
        loops.register(waiting).syncUninterruptibly();
        waiting.pipeline().fireChannelRead(Unpooled.buffer().writeInt(200_000).writeZero(4_092));
        waiting.eventLoop().submit(() -> {}).syncUninterruptibly();
        assertThat(scarce.isShort()).isTrue();
        waiting.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        var woken = new AtomicInteger();
        scarce.await(true, false, woken::incrementAndGet);

        scarce.endOverdraw("another");
        scarce.release(200);

        assertThat(woken).hasPositiveValue();
        assertThat(scarce.heldBytes()).isZero();
    }

    @Test
    void largeFramesThatDoNotComeToAnEndLeaveRoomForSmallOnes() {
        var tight = new RequestMemory(1_000_000);
        byte[] begun = new byte[300_000];
        List<EmbeddedChannel> large = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            var one = new EmbeddedChannel(new FrameDecoder(MAX_FRAME, tight));
            one.writeInbound(Unpooled.buffer().writeInt(begun.length * 2));
            for (int sent = 0; sent < begun.length && one.config().isAutoRead(); sent += 1_000) {
                one.writeInbound(Unpooled.wrappedBuffer(begun, sent, 1_000));
            }
            large.add(one);
        }
        var last = new EmbeddedChannel(new FrameDecoder(MAX_FRAME, tight));
        last.writeInbound(Unpooled.buffer().writeInt(600_000).writeZero(65_532));
        large.add(last);
        assertThat(tight.isShort()).isTrue();

        var small = new EmbeddedChannel(new FrameDecoder(MAX_FRAME, tight));
        for (int i = 0; i < 100; i++) {
            ByteBuf bytes = stream(List.of(new byte[60_000]));
            small.writeInbound(bytes.readRetainedSlice(30_000));
            assertThat(small.config().isAutoRead()).isTrue();
            small.writeInbound(bytes);
            ((ByteBuf) small.readInbound()).release();
            small.pipeline().get(FrameDecoder.class).frameReleased(60_000);
        }

        small.finishAndReleaseAll();
        large.forEach(EmbeddedChannel::finishAndReleaseAll);
        assertThat(tight.heldBytes()).isZero();
    }

    private Object next() {
        return channel.readInbound();
    }

    private ChannelHandlerContext context() {
        return channel.pipeline().context(decoder);
    }

    /** Reads as a socket channel does: into the buffer that the decoder lends. */
    private void readFromSocket(ByteBuf stream, int most) {
        deliver(stream, socket.allocate(PooledByteBufAllocator.DEFAULT), most);
    }

    private void deliver(ByteBuf stream, ByteBuf lent, int most) {
        int length = Math.min(Math.min(most, lent.writableBytes()), stream.readableBytes());
        lent.writeBytes(stream, length);
        channel.writeInbound(lent);
    }

    private void takeFrames(List<byte[]> seen) {
        for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            seen.add(ByteBufUtil.getBytes(frame));
            int length = frame.readableBytes();
            frame.release();
            decoder.frameReleased(length);
        }
    }

    private static List<byte[]> randomFrames(Random random, int count) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] frame = new byte[random.nextInt(1 << random.nextInt(18))];
            random.nextBytes(frame);
            frames.add(frame);
        }
        return frames;
    }

    private static ByteBuf stream(List<byte[]> frames) {
        ByteBuf stream = Unpooled.buffer();
        frames.forEach(frame -> stream.writeInt(frame.length).writeBytes(frame));
        return stream;
    }
}
