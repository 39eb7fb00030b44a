package dwal.gateway.grpc;

import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.log.Answer;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.RecordReader;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * One {@code ConsumeStream}: reads on only while the client takes what is sent, so that a slow one holds one piece of the log. Its
 * monitor guards it: the client's readiness and what was read come on different network loops.
 */
final class RecordStream implements OpenStreams.Stream {
    private final LogTail tail;
    private final OpenStreams streams;
    private final ServerCallStreamObserver<ConsumeResponse> out;
    private @Nullable RecordReader reader;
    private long next;
    private boolean reading;
    private boolean ended;

    RecordStream(LogTail tail, long offset, OpenStreams streams, ServerCallStreamObserver<ConsumeResponse> out) {
        this.tail = tail;
        this.next = offset;
        this.streams = streams;
        this.out = out;
    }

    void begin() {
        out.setOnReadyHandler(this::send);
        out.setOnCancelHandler(this::end);
        streams.add(this);
        // The handler is called when there is room again; now there is, mostly, and nobody says so.
        send();
    }

    private synchronized void send() {
        while (!ended && out.isReady()) {
            RecordReader current = reader;
            if (current == null) {
                readMore();
                return;
            }
            LogRecord record = current.next();
            if (record == null) {
                next = current.nextOffset();
                reader = null;
            } else {
                out.onNext(LogService.response(record));
            }
        }
    }

    private void readMore() {
        if (!reading) {
            reading = true;
            var unused = tail.more(next).thenAccept(this::take);
        }
    }

    private synchronized void take(Answer<RecordReader> more) {
        reading = false;
        if (ended) {
            if (!more.isRefused()) {
                more.get().close();
            }
            return;
        }
        if (more.isRefused()) {
            end();
            out.onError(Statuses.of(more, next));
            return;
        }
        reader = more.get();
        send();
    }

    @Override
    public synchronized void stop() {
        if (!ended) {
            end();
            out.onError(OpenStreams.stopping());
        }
    }

    private synchronized void end() {
        ended = true;
        streams.remove(this);
        if (reader != null) {
            reader.close();
            reader = null;
        }
        tail.close();
    }
}
