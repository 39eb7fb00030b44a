package dwal.gateway.http;

import dwal.gateway.log.QueuedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The body of the request under way, gathered as it arrives: of {@code dwal.gateway.max.request.bytes} at most, and counted with what
 * all connections hold until the request is answered. Owned by the connection's network loop.
 */
final class RequestBody {
    private final int limit;
    private final QueuedBytes queued;
    private @Nullable ByteBuf gathered;
    private int counted;

    /** What became of bytes that came. */
    enum Added {
        TAKEN,
        TOO_LARGE,
        /** All connections together hold too much. */
        NO_ROOM
    }

    RequestBody(int limit, QueuedBytes queued) {
        this.limit = limit;
        this.queued = queued;
    }

    /** How many bytes there may be. */
    int limit() {
        return limit;
    }

    /** How many there are, of those that have been read too. */
    int length() {
        return counted;
    }

    Added add(ByteBufAllocator allocator, ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0) {
            return Added.TAKEN;
        }
        if (counted + length > limit) {
            return Added.TOO_LARGE;
        }
        if (!queued.tryHold(length)) {
            return Added.NO_ROOM;
        }
        counted += length;
        ByteBuf whole = gathered;
        if (whole == null) {
            whole = allocator.buffer(length);
            gathered = whole;
        }
        // Not kept in pieces: a piece of one byte would hold all that came with it, and a million of them be a long
        // list.
        whole.writeBytes(bytes);
        return Added.TAKEN;
    }

    /** All of it, which stays this one's. */
    ByteBuf whole() {
        return gathered == null ? Unpooled.EMPTY_BUFFER : gathered;
    }

    /** Frees the bytes, which were read: what was in them lives on as an object, and is counted until it is answered. */
    void wasRead() {
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }

    /** Frees and counts nothing any more. */
    void release() {
        wasRead();
        queued.release(counted);
        counted = 0;
    }
}
