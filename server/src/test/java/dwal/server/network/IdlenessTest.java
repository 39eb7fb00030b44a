package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.FrameDecoder;
import dwal.protocol.FrameDecoder.Pause;
import dwal.protocol.RequestMemory;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdlenessTest {
    private final FrameDecoder frames = new FrameDecoder(1 << 20, new RequestMemory(1 << 20));
    private final EmbeddedChannel channel = new EmbeddedChannel(frames);
    private final Idleness idleness = new Idleness(60_000, 0);

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private String after(int seconds, boolean memoryIsShort) {
        return idleness.reasonToClose(TimeUnit.SECONDS.toNanos(seconds), memoryIsShort, frames, false, 0);
    }

    @Test
    void eachRequestBeginsTheTimeAnew() {
        assertThat(after(59, false)).isNull();
        channel.writeInbound(Unpooled.buffer().writeInt(0));
        assertThat(after(60, false)).isNull();
        assertThat(after(119, false)).isNull();
        assertThat(after(120, false)).contains("idle").contains("60000");
    }

    @Test
    void whoWaitsForAnAnswerOrForUsIsNotIdle() {
        assertThat(idleness.reasonToClose(TimeUnit.SECONDS.toNanos(70), false, frames, true, 0))
                .isNull();
        frames.pause(Pause.MEMORY);
        assertThat(after(140, true)).isNull();
    }

    @Test
    void whoTakesNoAnswersIsClosedLater() {
        assertThat(idleness.reasonToClose(TimeUnit.SECONDS.toNanos(50), false, frames, false, 3))
                .isNull();
        assertThat(idleness.reasonToClose(TimeUnit.SECONDS.toNanos(100), false, frames, false, 2))
                .isNull();
        assertThat(idleness.reasonToClose(TimeUnit.SECONDS.toNanos(160), false, frames, false, 2))
                .contains("took none of its answers");
    }

    @Test
    void aRequestThatComesSlowlyMayGoOnWhileThereIsMemory() {
        channel.writeInbound(Unpooled.buffer().writeInt(100_000).writeZero(500));
        assertThat(after(1, false)).isNull();
        assertThat(after(30, false)).isNull();
        assertThat(after(31, true)).contains("too slowly").contains("504 bytes");
    }

    @Test
    void aLargeRequestThatComesFastIsLeftAlone() {
        channel.writeInbound(Unpooled.buffer().writeInt(900_000).writeZero(800_000));
        assertThat(after(1, true)).isNull();
        channel.writeInbound(Unpooled.buffer().writeZero(50_000));
        assertThat(after(30, true)).isNull();
    }

    @Test
    void aLargeRequestOfWhichNothingMoreComesMustGoWhenMemoryIsShort() {
        channel.writeInbound(Unpooled.buffer().writeInt(900_000).writeZero(100_000));
        assertThat(after(1, false)).isNull();
        assertThat(after(9, false)).isNull();
        assertThat(after(10, true)).contains("nothing more of its request came for 9 s", "100004 bytes");
    }

    @Test
    void aLargeRequestThatComesBitByBitOrIsNotReadIsLeftAlone() {
        channel.writeInbound(Unpooled.buffer().writeInt(900_000).writeZero(500_000));
        for (int second = 1; second < 9; second++) {
            channel.writeInbound(Unpooled.buffer().writeByte(1));
            assertThat(after(second, true)).isNull();
        }
        frames.pause(Pause.MEMORY);
        assertThat(after(20, true)).isNull();
        frames.resume(channel.pipeline().context(frames), Pause.MEMORY);
        assertThat(after(22, true)).isNull();
        assertThat(after(23, true)).contains("nothing more of its request");
    }

    @Test
    void aSmallRequestHasMoreTime() {
        channel.writeInbound(Unpooled.buffer().writeInt(60_000).writeZero(50_000));
        assertThat(after(1, true)).isNull();
        assertThat(after(9, true)).isNull();
    }
}
