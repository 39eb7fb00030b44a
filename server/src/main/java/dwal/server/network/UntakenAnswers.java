package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.FrameDecoder;
import dwal.protocol.FrameDecoder.Pause;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one connection that its client has not taken. While they are too many, or too large, or those of all
 * clients are and some of them its own, nothing is read from it.
 *
 * <p>What the socket takes at once, as it usually does, is nobody's concern: only what is left after a flush is counted
 * among the answers of all connections.
 *
 * <p>Owned by the connection's network loop, but for the choice of the one that must go.
 */
final class UntakenAnswers {
    /** For how long a client may take nothing while all clients together have too much untaken. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Who holds less is not closed for it, unless the very last is gone. */
    private static final long MUCH_BYTES = 64 * 1024;

    private final FrameDecoder frames;
    private final AnswerMemory memory;
    private final Clock clock;
    private final int most;
    private int count;
    private long bytes;
    private volatile long counted;
    private boolean gone;
    private final AtomicLong leaving = new AtomicLong();
    /** Bytes for the socket when it was last looked at, those in files too as far as they are begun. */
    private long leftSeen;

    private volatile long stalledSince;

    /** @param most how many requests may be without an answer that was taken */
    UntakenAnswers(FrameDecoder frames, AnswerMemory memory, int most, Clock clock) {
        this.frames = frames;
        this.memory = memory;
        this.most = most;
        this.clock = clock;
    }

    /** How many answers are not taken, with those that are still to come. */
    int count() {
        return count;
    }

    /** An answer will come. */
    void asked() {
        count++;
        if (count >= most) {
            frames.pause(Pause.ANSWERS);
        }
    }

    /** An answer that holds so many bytes of memory was written; {@link #flushed} follows. */
    void written(int answerBytes) {
        bytes += answerBytes;
    }

    /** The socket has taken such an answer, or will not. */
    void taken(ChannelHandlerContext context, int answerBytes) {
        count--;
        bytes -= answerBytes;
        if (counted > 0) {
            settle(context);
        }
        if (count == most / 2) {
            frames.resume(context, Pause.ANSWERS);
        }
    }

    /** The socket has taken what it could. */
    void flushed(ChannelHandlerContext context) {
        if (bytes != counted) {
            settle(context);
        }
    }

    private void settle(ChannelHandlerContext context) {
        long before = counted;
        counted = gone ? 0 : bytes;
        if (before == 0) {
            stalledSince = clock.nanoTime();
        }
        memory.change(counted - before);
        if (counted == 0) {
            frames.resume(context, Pause.ALL_ANSWERS);
        } else if (memory.isShort()) {
            frames.pause(Pause.ALL_ANSWERS);
        }
    }

    /** The bytes that wait for the client have become too many, or few enough. */
    void writabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            frames.resume(context, Pause.ANSWER_BYTES);
        } else {
            frames.pause(Pause.ANSWER_BYTES);
        }
    }

    /** The connection is closed, or about to be: it holds nothing any more. */
    void gone() {
        gone = true;
        memory.change(-counted);
        counted = 0;
        memory.leaves(-leaving.getAndSet(0));
    }

    // ---- clients that do not take theirs

    /** Looks every now and then; gives why the connection should be closed now, or null. */
    @Nullable
    String reasonToClose(ChannelHandlerContext context, long nowNanos) {
        long left = left(context.channel());
        if (left != leftSeen || counted == 0) {
            leftSeen = left;
            stalledSince = nowNanos;
        }
        if (counted == 0 || !memory.isShort()) {
            frames.resume(context, Pause.ALL_ANSWERS);
            return null;
        }
        frames.pause(Pause.ALL_ANSWERS);
        return counted >= MUCH_BYTES && nowNanos - stalledSince >= STALL_NANOS ? reason(nowNanos) : null;
    }

    /** How much it is in the way of others: by what it holds, and since when. Any thread. */
    double burden(long nowNanos) {
        return leaving.get() > 0 ? 0 : (double) counted * Math.max(1, nowNanos - stalledSince);
    }

    /** Whether the caller is the one who is to close it: what it holds is as good as given back. Any thread. */
    boolean leaves() {
        long holds = counted;
        boolean first = holds > 0 && leaving.compareAndSet(0, holds);
        if (first) {
            memory.leaves(holds);
        }
        return first;
    }

    /** Gives back what it holds, before it is closed; gives why it is. */
    String leave(long nowNanos) {
        String reason = reason(nowNanos);
        gone();
        return reason;
    }

    private String reason(long nowNanos) {
        return "it does not take its answers: " + counted + " bytes, nothing for "
                + TimeUnit.NANOSECONDS.toSeconds(nowNanos - stalledSince) + " s, while all clients have left "
                + memory.heldBytes() + " bytes and may " + memory.limitBytes();
    }

    private static long left(Channel channel) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes() - waiting.currentProgress();
    }
}
