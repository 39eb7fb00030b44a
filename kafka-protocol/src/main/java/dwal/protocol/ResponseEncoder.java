package dwal.protocol;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.List;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Turns a {@link Response} into pieces for the socket: buffers, and file regions for records that lie in files.
 *
 * <p>The slices in a response are released exactly once: when it was sent, when sending failed, or when encoding failed.
 * Owned by the connection's network loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
public final class ResponseEncoder extends ChannelOutboundHandlerAdapter {
    /** Below this size a part is read into memory: one write for all small parts instead of two calls for each. */
    private static final int SMALL_FILE_PART = 8 * 1024;

    private final boolean sendFiles;
    private long encodedBytes;
    private long fileBytes;

    /**
     * An encoder for one connection.
     *
     * @param sendFiles false where bytes are changed on their way to the socket (TLS): files are read then
     */
    public ResponseEncoder(boolean sendFiles) {
        this.sendFiles = sendFiles;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof Response response)) {
            ctx.write(message, promise);
            return;
        }
        ResponseWriter writer;
        try {
            writer = encode(ctx, response);
        } catch (RuntimeException | Error e) {
            discard(response);
            promise.tryFailure(e);
            return;
        }
        send(ctx, writer, promise);
    }

    /** Bytes of all answers so far, with the lengths before them. */
    public long encodedBytes() {
        return encodedBytes;
    }

    /** Those among them that are sent from files, and take up no memory until then. */
    public long fileBytes() {
        return fileBytes;
    }

    private ResponseWriter encode(ChannelHandlerContext ctx, Response response) {
        var header = new ResponseHeaderData().setCorrelationId(response.correlationId());
        short headerVersion = response.apiKey().responseHeaderVersion(response.version());
        var cache = new ObjectSerializationCache();
        var size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        response.body().addSize(size, cache, response.version());
        int fieldBytes = size.sizeExcludingZeroCopy();
        int bulkBytes = size.totalSize() - fieldBytes;
        var writer = new ResponseWriter(ctx.alloc(), Integer.BYTES + fieldBytes, bulkBytes, sendFiles, SMALL_FILE_PART);
        try {
            writer.writeInt(size.totalSize());
            header.write(writer, cache, headerVersion);
            response.body().write(writer, cache, response.version());
            encodedBytes += Integer.BYTES + size.totalSize();
            fileBytes += writer.fileBytes();
            return writer;
        } catch (RuntimeException | Error e) {
            writer.abandon();
            throw e;
        }
    }

    private static void send(ChannelHandlerContext ctx, ResponseWriter writer, ChannelPromise promise) {
        List<RecordsSlice> slices = writer.slices();
        if (!slices.isEmpty()) {
            promise.addListener((ChannelFutureListener) sent -> slices.forEach(RecordsSlice::release));
        }
        List<Object> pieces = writer.finish();
        int last = pieces.size() - 1;
        for (int i = 0; i < last; i++) {
            ctx.write(pieces.get(i), ctx.voidPromise());
        }
        ctx.write(pieces.get(last), promise);
    }

    /** Releases what {@code response} holds; for a response that will not be sent. */
    public static void discard(Response response) {
        discard(response.body(), response.version());
    }

    /** Releases what the body of a response holds, written in {@code version}; for one that will not be sent. */
    public static void discard(ApiMessage body, short version) {
        var cache = new ObjectSerializationCache();
        body.addSize(new MessageSizeAccumulator(), cache, version);
        body.write(new SliceReleaser(), cache, version);
    }
}
