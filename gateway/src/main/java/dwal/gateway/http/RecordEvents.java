package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.gateway.log.Answer;
import dwal.gateway.log.Fetched;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.RecordReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.LongFunction;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of one partition as server-sent events (WHATWG HTML, 9.2). Reads on only while the client takes what is sent, so a slow one
 * holds one piece of the log. Owned by the connection's network loop.
 */
final class RecordEvents implements BodyStream {
    private static final Logger LOG = LoggerFactory.getLogger(RecordEvents.class);

    static final int READ_BYTES = 64 * 1024;
    private static final int WAIT_MS = 500;

    private final LogTail tail;
    private final int partition;
    private final Values.Format format;
    private final LongFunction<String> ids;
    private final Runnable onEnd;
    private @Nullable RecordReader reader;
    private @Nullable Out out;
    private long next;
    private boolean reading;
    private boolean sending;
    private boolean over;

    /**
     * What {@code tail} gives.
     *
     * @param first what was read already
     * @param ids the id of the event of the record at an offset
     */
    RecordEvents(
            LogTail tail,
            int partition,
            RecordReader first,
            Values.Format format,
            LongFunction<String> ids,
            Runnable onEnd) {
        this.tail = tail;
        this.partition = partition;
        this.reader = first;
        this.next = first.nextOffset();
        this.format = format;
        this.ids = ids;
        this.onEnd = onEnd;
    }

    /** Where it goes on; before it has begun. */
    long nextOffset() {
        return next;
    }

    @Override
    public void begin(Out to) {
        out = to;
        send(to);
    }

    @Override
    public void roomAgain() {
        if (out != null) {
            send(out);
        }
    }

    /** Room may be told while an event is being written: it is used by the loop that wrote it. */
    private void send(Out to) {
        if (!sending) {
            sending = true;
            try {
                sendWhatIsThere(to);
            } catch (RuntimeException defect) {
                LOG.error("A stream of partition {} ends by a defect of this node", partition, defect);
                fail(to, Answer.refused(Errors.UNKNOWN_SERVER_ERROR, "The node made a mistake"));
            }
            sending = false;
        }
    }

    private void sendWhatIsThere(Out to) {
        while (!over && to.hasRoom()) {
            RecordReader current = reader;
            if (current == null) {
                readMore(to);
                if (reader == null) {
                    return;
                }
                // It was there at once.
                continue;
            }
            LogRecord record = current.next();
            if (record == null) {
                next = current.nextOffset();
                reader = null;
                Answer<?> problem = current.problem();
                if (problem != null) {
                    fail(to, problem);
                }
            } else if (!to.write(event(record))) {
                fail(to, Answer.refused(Errors.THROTTLING_QUOTA_EXCEEDED, "Too much waits for clients: come again"));
            }
        }
        if (reader != null) {
            reader.rest();
        }
    }

    private void fail(Out to, Answer<?> why) {
        close();
        var unused = to.write(problem(why));
        to.end();
    }

    private void readMore(Out to) {
        if (!reading) {
            reading = true;
            var unused = tail.readPatiently(next, WAIT_MS, READ_BYTES).thenAccept(more -> to.run(() -> take(to, more)));
        }
    }

    private void take(Out to, Answer<Fetched> more) {
        reading = false;
        if (more.isRefused()) {
            if (!over) {
                fail(to, more);
            }
            return;
        }
        reader = more.get().records();
        if (over) {
            close();
        } else {
            send(to);
        }
    }

    private ByteBuffer event(LogRecord record) {
        return lines("id: " + ids.apply(record.offset()), json -> RecordJson.write(json, partition, record, format));
    }

    private ByteBuffer problem(Answer<?> why) {
        return problem(partition, why);
    }

    /** That a partition's records go no further. */
    static ByteBuffer problem(int partition, Answer<?> why) {
        // A problem document in one line: what it is in an answer of its own.
        String document = new String(Problems.of(why, partition).body(), UTF_8).strip();
        return lines("event: problem", json -> json.writeRaw(document));
    }

    private static ByteBuffer lines(String first, HttpAnswer.Fields data) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes((first + "\ndata: ").getBytes(US_ASCII));
        try (JsonGenerator json = HttpAnswer.JSON.createGenerator(bytes)) {
            data.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bytes.write('\n');
        bytes.write('\n');
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    @Override
    public void over() {
        over = true;
        close();
        onEnd.run();
    }

    private void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
