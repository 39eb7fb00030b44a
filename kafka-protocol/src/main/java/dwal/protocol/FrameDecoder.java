package dwal.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of a connection into frames: each a length of four bytes, which is dropped, and as many bytes.
 *
 * <p>On a plain connection the socket is read straight into the buffer that becomes the frame ({@link #socketBuffers}):
 * room for just the rest of the frame and the length of the next is offered, so that large frames are never copied and
 * cost one system call when they are there. The buffer follows the bytes that have arrived, and what this connection has
 * sent before, never the length that is only announced; what all connections hold is bounded by {@link RequestMemory}.
 *
 * <p>Hands each frame on as a {@link ByteBuf}, whose receiver releases it and calls {@link #frameReleased}. While it is
 * paused it hands on nothing, and soon stops reading from the socket. Owned by the connection's network loop.
 */
public final class FrameDecoder extends ChannelInboundHandlerAdapter {

    /** Why nothing is read for a while. */
    public enum Pause {
        /** A request that has arrived must wait for those before it. */
        TURN(1),
        /** The client does not take its answers: there are too many. */
        ANSWERS(2),
        /** The client does not take its answers: they are too large. */
        ANSWER_BYTES(16),
        /** The client does not take its answers, and those of all clients are too large. */
        ALL_ANSWERS(64),
        /** All connections together hold too much. */
        MEMORY(4),
        /** The client has used more than its quota allows. */
        THROTTLE(32),
        /** The connection is about to be closed. */
        CLOSING(8);

        private final int bit;

        Pause(int bit) {
            this.bit = bit;
        }
    }

    private static final int LENGTH_BYTES = Integer.BYTES;
    /** What is offered to a connection of which nothing is known. */
    private static final int SMALLEST_BUFFER = 4 * 1024;
    /** What is offered when a smallest buffer was filled, and from where on the buffer is doubled. */
    private static final int FIRST_GROWTH = 64 * 1024;
    /** A frame that came entirely earns its connection a buffer of the same size next time, up to this. */
    private static final int LARGEST_TRUST = 1024 * 1024;

    private final int maxFrameBytes;
    private final RequestMemory memory;
    private @Nullable ByteBuf buffer;
    private int heldForBuffer;
    /** The first bytes of the next length, which came with the frame before: {@code headBytes} of them, right-aligned. */
    private int head;

    private int headBytes;
    private int trust = SMALLEST_BUFFER;
    /** What came last that was not read into our buffer: the next may be as large. */
    private int copied;

    private int pauses;
    private boolean waitsForMemory;
    private boolean emitting;
    private long frames;

    /**
     * A decoder for one connection.
     *
     * @param maxFrameBytes a longer frame closes the connection
     */
    public FrameDecoder(int maxFrameBytes, RequestMemory memory) {
        this.maxFrameBytes = maxFrameBytes;
        this.memory = memory;
    }

    /** For the channel's configuration: makes it read from the socket straight into this decoder's buffer. */
    public RecvByteBufAllocator socketBuffers() {
        return new SocketBuffers();
    }

    /** Stops handing on frames, until as many kinds of {@link #resume} as of pause. */
    public void pause(Pause why) {
        pauses |= why.bit;
    }

    /** Ends a pause; if it was the last one, frames that are there are handed on at once, in this call or the one under way. */
    public void resume(ChannelHandlerContext anyContext, Pause why) {
        if ((pauses & why.bit) == 0) {
            return;
        }
        pauses &= ~why.bit;
        ChannelHandlerContext ctx = anyContext.pipeline().context(this);
        if (ctx != null && !emitting) {
            emit(ctx);
            setReading(ctx);
            ctx.fireChannelReadComplete();
        }
    }

    /** Must be called once for each frame, when nobody needs its bytes any more and its buffer was released. */
    public void frameReleased(int length) {
        memory.release(length);
        // If another frame has begun it stands in line again, with all others.
        memory.endOverdraw(this);
    }

    /** How many frames were handed on. */
    public long frames() {
        return frames;
    }

    /** How many bytes have arrived of a frame that is not complete. */
    public int unfinishedBytes() {
        return buffer == null ? headBytes : buffer.readableBytes();
    }

    /** Whether nothing is read, for whatever reason. */
    public boolean isPaused() {
        return pauses != 0;
    }

    /** Whether nothing is read for this reason. */
    public boolean isPaused(Pause why) {
        return (pauses & why.bit) != 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message == buffer) {
            // The socket was read into our buffer, which it was lent for that.
            ((ByteBuf) message).release();
            emit(ctx);
        } else if (message instanceof ByteBuf bytes) {
            copy(ctx, bytes);
        } else {
            ctx.fireChannelRead(message);
        }
        setReading(ctx);
    }

    private void copy(ChannelHandlerContext ctx, ByteBuf bytes) {
        copied = bytes.readableBytes();
        try {
            while (bytes.isReadable() && (pauses & Pause.CLOSING.bit) == 0) {
                ByteBuf room = bufferWithRoom(ctx.alloc());
                room.writeBytes(bytes, Math.min(room.writableBytes(), bytes.readableBytes()));
                emit(ctx);
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (buffer != null && !buffer.isReadable()) {
            dropBuffer();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        dropAll();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        dropAll();
    }

    private void dropAll() {
        pauses |= Pause.CLOSING.bit;
        dropBuffer();
        headBytes = 0;
        memory.endOverdraw(this);
    }

    // ---- handing on

    private void emit(ChannelHandlerContext ctx) {
        emitting = true;
        try {
            while (mayEmit() && emitOne(ctx)) {}
        } finally {
            emitting = false;
        }
        keepRest(ctx);
    }

    /** Frames that are here are handed on even when memory is short: only that way it is given back. */
    private boolean mayEmit() {
        return (pauses & ~Pause.MEMORY.bit) == 0;
    }

    private boolean emitOne(ChannelHandlerContext ctx) {
        ByteBuf bytes = buffer;
        if (bytes == null || bytes.readableBytes() < LENGTH_BYTES) {
            return false;
        }
        int length = bytes.getInt(bytes.readerIndex());
        if (length < 0 || length > maxFrameBytes) {
            refuse(ctx, length);
            return false;
        }
        if (bytes.readableBytes() - LENGTH_BYTES < length) {
            return false;
        }
        bytes.skipBytes(LENGTH_BYTES);
        ByteBuf frame = bytes.readRetainedSlice(length);
        memory.hold(length);
        frames++;
        trust = Math.max(SMALLEST_BUFFER, Math.min(LARGEST_TRUST, LENGTH_BYTES + length + LENGTH_BYTES));
        ctx.fireChannelRead(frame);
        return true;
    }

    private void refuse(ChannelHandlerContext ctx, int length) {
        pause(Pause.CLOSING);
        dropBuffer();
        ctx.fireChannelRead(new RequestDecoder.Refused(WrongProtocol.reason(length, maxFrameBytes, frames == 0)));
    }

    /** Moves what is left behind the frames that were handed on to where the next read goes on. */
    private void keepRest(ChannelHandlerContext ctx) {
        ByteBuf bytes = buffer;
        if (bytes == null || !mayEmit()) {
            return;
        }
        int rest = bytes.readableBytes();
        if (rest == 0) {
            dropBuffer();
        } else if (bytes.readerIndex() > 0 && rest <= LENGTH_BYTES) {
            headBytes = rest;
            head = 0;
            while (bytes.isReadable()) {
                head = (head << Byte.SIZE) | bytes.readUnsignedByte();
            }
            dropBuffer();
        } else if (bytes.readerIndex() > 0) {
            moveRest(ctx.alloc());
        }
    }

    // ---- buffers

    /** The buffer to read into, with room for at least one byte. */
    private ByteBuf bufferWithRoom(ByteBufAllocator allocator) {
        ByteBuf bytes = buffer;
        if (bytes == null) {
            return firstBuffer(allocator);
        }
        if (bytes.readerIndex() > 0) {
            bytes = moveRest(allocator);
        }
        int size = sizeFor(bytes);
        if (size > bytes.capacity()) {
            // Nothing of this buffer was handed on yet, so nobody notices if it moves.
            bytes.capacity(size);
            hold(bytes);
        }
        return bytes;
    }

    private ByteBuf firstBuffer(ByteBufAllocator allocator) {
        int offered = offered();
        ByteBuf bytes = allocator.directBuffer(
                headBytes < LENGTH_BYTES
                        ? offered
                        : (int) Math.min(offered, (long) LENGTH_BYTES + head + LENGTH_BYTES));
        for (int i = headBytes - 1; i >= 0; i--) {
            bytes.writeByte(head >>> (i * Byte.SIZE));
        }
        headBytes = 0;
        hold(bytes);
        return bytes;
    }

    private ByteBuf moveRest(ByteBufAllocator allocator) {
        ByteBuf old = requireBuffer();
        ByteBuf bytes = allocator.directBuffer(sizeFor(old));
        bytes.writeBytes(old);
        old.release();
        hold(bytes);
        return bytes;
    }

    /**
     * How large the buffer for what is in {@code bytes} and what follows should be: the frame that it begins and the
     * length after it, but not more than twice what has arrived or what this connection has been trusted with.
     */
    private int sizeFor(ByteBuf bytes) {
        int arrived = bytes.readableBytes();
        boolean full = !bytes.isWritable();
        int offered = offered();
        int allowed = offered;
        if (full) {
            long grown = Math.min(Math.max(FIRST_GROWTH, 2L * arrived), arrived + memory.mostGrowth(this));
            allowed = (int) Math.max(allowed, Math.min(Integer.MAX_VALUE - 8, grown));
        }
        long wanted = offered;
        if (arrived >= LENGTH_BYTES) {
            wanted = (long) LENGTH_BYTES + bytes.getInt(bytes.readerIndex()) + LENGTH_BYTES;
        }
        int size = (int) Math.min(wanted, allowed);
        // While we are paused there may be whole frames here already, and still there must be room.
        return Math.max(size, arrived + (size > arrived ? 0 : SMALLEST_BUFFER));
    }

    /** How large a buffer may be before anything has come to fill it. */
    private int offered() {
        return (int) Math.min(trust, memory.mostGrowth(this));
    }

    private void hold(ByteBuf bytes) {
        buffer = bytes;
        memory.hold(bytes.capacity() - (long) heldForBuffer);
        heldForBuffer = bytes.capacity();
        memory.holds(this, heldForBuffer);
    }

    private void dropBuffer() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
            memory.release(heldForBuffer);
            heldForBuffer = 0;
        }
    }

    private ByteBuf requireBuffer() {
        if (buffer == null) {
            throw new AssertionError("no buffer");
        }
        return buffer;
    }

    private boolean hasBegunFrame() {
        return buffer != null && buffer.isReadable();
    }

    // ---- reading or not

    /** Reads on, or stops. Stops only when there is something unread here: most pauses end before the client sends more. */
    private void setReading(ChannelHandlerContext ctx) {
        if (needsMemory()
                && !waitsForMemory
                && !memory.mayRead(this, isSmall())
                && !(hasBegunFrame() && memory.overdraw(this, heldForBuffer))) {
            waitForMemory(ctx);
        }
        boolean stop = pauses != 0 && (hasBegunFrame() || waitsForMemory);
        if (stop || pauses == 0) {
            ctx.channel().config().setAutoRead(!stop);
        }
    }

    /** What there is room for in the buffer is read even when memory is short: so it shows which clients send nothing more. */
    private boolean needsMemory() {
        return buffer == null || buffer.writableBytes() <= copied;
    }

    /** Whether the frame that is to come is small, as far as is known. */
    private boolean isSmall() {
        ByteBuf bytes = buffer;
        if (bytes != null) {
            return bytes.readableBytes() < LENGTH_BYTES
                    || bytes.getInt(bytes.readerIndex()) <= RequestMemory.SMALL_BYTES;
        }
        return headBytes < LENGTH_BYTES || head <= RequestMemory.SMALL_BYTES;
    }

    private void waitForMemory(ChannelHandlerContext ctx) {
        waitsForMemory = true;
        pause(Pause.MEMORY);
        memory.await(isSmall(), hasBegunFrame(), new LoopTask(ctx.executor(), () -> {
            waitsForMemory = false;
            resume(ctx, Pause.MEMORY);
        }));
    }

    private final class SocketBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
        @Override
        public MaxMessageHandle newHandle() {
            return new MaxMessageHandle() {
                @Override
                public ByteBuf allocate(ByteBufAllocator allocator) {
                    // The channel releases it when nothing was there, else channelRead does.
                    return bufferWithRoom(allocator).retain();
                }

                @Override
                public int guess() {
                    return trust;
                }
            };
        }
    }
}
