package dwal.gateway.grpc;

import dwal.gateway.log.Answer;
import dwal.gateway.log.LogTail;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One {@code ConsumeStream}: reads on only while the client takes what is sent, so that a slow one holds one piece of the log. Its
 * monitor guards it: the client's readiness and what was read come on different network loops.
 */
final class RecordStream<A> implements OpenStreams.Stream {

    /** How one kind of stream reads and answers. */
    interface Reads<A> {
        /** The next piece of the log. Completes in any thread, and does not fail. */
        CompletableFuture<Answer<Piece<A>>> more(LogTail tail, long offset);

        /** What the client is told who cannot read at {@code offset}. */
        StatusRuntimeException refusal(Answer<?> refused, long offset);
    }

    /** A piece of the log, as messages. Used within the monitor of its stream. */
    interface Piece<A> extends AutoCloseable {
        /** The next message; null at the end, and where there is a {@link #problem}. */
        @Nullable
        A next();

        /** Why it does not go on at {@link #nextOffset}; null if there is no reason. */
        @Nullable
        Answer<?> problem();

        /** Holds no more than it must for a while. */
        void rest();

        /** At the end: where to go on; -1 for nowhere. */
        long nextOffset();

        @Override
        void close();
    }

    private final Reads<A> reads;
    private final LogTail tail;
    private final OpenStreams streams;
    private final ServerCallStreamObserver<A> out;
    private @Nullable Piece<A> piece;
    private long next;
    private boolean begun;
    private boolean reading;
    private boolean ended;

    RecordStream(Reads<A> reads, LogTail tail, OpenStreams streams, ServerCallStreamObserver<A> out) {
        this.reads = reads;
        this.tail = tail;
        this.streams = streams;
        this.out = out;
    }

    /** Called while the call is being set up: handlers cannot be set later. */
    void prepare() {
        out.setOnReadyHandler(this::send);
        out.setOnCancelHandler(this::end);
        // It may also be ended for want of memory, from outside.
        out.setOnCloseHandler(this::end);
        streams.add(this);
    }

    /** Begins to read at {@code offset}. */
    synchronized void begin(long offset) {
        next = offset;
        begun = true;
        // The handler is called when there is room again; now there is, mostly, and nobody says so.
        send();
    }

    private synchronized void send() {
        while (begun && !ended && out.isReady()) {
            Piece<A> current = piece;
            if (current == null) {
                readMore();
                return;
            }
            A message = current.next();
            if (message != null) {
                out.onNext(message);
                continue;
            }
            next = current.nextOffset();
            Answer<?> problem = current.problem();
            letGo();
            if (problem != null) {
                fail(reads.refusal(problem, next));
            } else if (next < 0) {
                end();
                out.onCompleted();
            }
        }
        if (piece != null) {
            piece.rest();
        }
    }

    private void letGo() {
        if (piece != null) {
            piece.close();
            piece = null;
        }
    }

    private void readMore() {
        if (!reading) {
            reading = true;
            var unused = reads.more(tail, next).thenAccept(this::take);
        }
    }

    private synchronized void take(Answer<Piece<A>> more) {
        reading = false;
        if (more.isRefused()) {
            fail(reads.refusal(more, next));
        } else if (ended) {
            more.get().close();
        } else {
            piece = more.get();
            send();
        }
    }

    /** Ends it, if it has not ended. */
    synchronized void fail(StatusRuntimeException why) {
        if (!ended) {
            end();
            out.onError(why);
        }
    }

    @Override
    public void stop() {
        fail(OpenStreams.stopping());
    }

    private synchronized void end() {
        ended = true;
        streams.remove(this);
        letGo();
        tail.close();
    }
}
