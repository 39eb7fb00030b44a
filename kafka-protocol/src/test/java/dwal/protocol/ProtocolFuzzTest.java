package dwal.protocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import dwal.protocol.FrameDecoder.Pause;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Any bytes, for each decoder: they give a value or a refusal, never an exception, and never hold memory that did not
 * arrive. A normal build goes through the kept corpus; {@code JAZZER_FUZZ=1} looks for more.
 */
class ProtocolFuzzTest {
    private static final int MAX_FRAME = 1 << 20;
    private static final int OBJECT_BYTES = 1 << 16;
    /** What decoding may take on the heap: elements of two bytes become objects of forty and more, in lists of references. */
    private static final int HEAP_BYTES_PER_BYTE = 100;

    private static final int HEAP_BYTES_AT_LEAST = 64 * 1024;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Pattern UNWRITABLE_TAGS =
            Pattern.compile("^(Invalid raw tag field list|Attempted to use tag \\d+ as an undefined tag)");
    private static final ApiTable TABLE = AllApis.table();

    /** The first byte says how many bytes come at a time, and whether there is a pause on the way. */
    @FuzzTest(maxDuration = "3m")
    void frames(byte[] input) {
        if (input.length == 0) {
            return;
        }
        var memory = new RequestMemory(MAX_FRAME);
        var decoder = new FrameDecoder(MAX_FRAME, memory);
        var channel = new EmbeddedChannel(decoder);
        int step = 1 + (input[0] & 0x7f);
        boolean pauses = input[0] < 0;
        for (int at = 1; at < input.length; at += step) {
            if (pauses) {
                decoder.pause(Pause.TURN);
            }
            channel.writeInbound(Unpooled.copiedBuffer(input, at, Math.min(step, input.length - at)));
            if (pauses) {
                decoder.resume(channel.pipeline().context(decoder), Pause.TURN);
            }
            takeFrames(channel, decoder);
            check(memory.heldBytes() <= 128 * 1024 + 4L * input.length, "memory does not follow what arrived");
        }
        channel.finishAndReleaseAll();
        check(memory.heldBytes() == 0, "memory was not given back");
    }

    private static void takeFrames(EmbeddedChannel channel, FrameDecoder decoder) {
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            if (message instanceof ByteBuf frame) {
                int length = frame.readableBytes();
                frame.release();
                decoder.frameReleased(length);
            } else {
                check(message instanceof Refused, "neither a frame nor a refusal");
            }
        }
    }

    /** Frames as they come from a connection. */
    @FuzzTest(maxDuration = "3m")
    void headers(byte[] input) {
        decode(ByteBuffer.wrap(input));
    }

    /** The first byte chooses the API, the second the version; the rest is the request's body. */
    @FuzzTest(maxDuration = "3m")
    void requests(byte[] input) {
        if (input.length < 2) {
            return;
        }
        ApiKeys key = AllApis.KEYS.get((input[0] & 0xff) % AllApis.KEYS.size());
        int versions = key.latestVersion(false) - key.oldestVersion() + 1;
        short version = (short) (key.oldestVersion() + (input[1] & 0xff) % versions);
        decode(AllApis.frame(key, version, 1, "fuzz", Arrays.copyOfRange(input, 2, input.length)));
    }

    private static void decode(ByteBuffer frame) {
        RequestDecoder.Decoded decoded = new RequestDecoder(TABLE, OBJECT_BYTES).decode(frame.duplicate());
        check(decoded != null, "no value");
        // The second time, since loading a class takes memory too.
        long before = THREADS.getCurrentThreadAllocatedBytes();
        new RequestDecoder(TABLE, OBJECT_BYTES).decode(frame.duplicate());
        long taken = THREADS.getCurrentThreadAllocatedBytes() - before;
        check(
                taken <= HEAP_BYTES_AT_LEAST + (long) HEAP_BYTES_PER_BYTE * frame.remaining(),
                taken + " bytes of heap for a frame of " + frame.remaining());
        if (decoded instanceof Request request) {
            canBeWrittenAgain(request);
        }
    }

    private static void canBeWrittenAgain(Request request) {
        try {
            MessageUtil.toByteBufferAccessor(request.body(), request.version());
        } catch (RuntimeException e) {
            // Kafka's classes read unknown tagged fields of any number in any order, and do not write all of them.
            check(UNWRITABLE_TAGS.matcher(String.valueOf(e.getMessage())).find(), e.toString());
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
