package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** A stream of server-sent events with a comment now and then, so that it is never silent for long. Owned by the connection's network loop. */
final class Heartbeats implements BodyStream {
    private static final byte[] HEARTBEAT = ":\n\n".getBytes(US_ASCII);

    private final BodyStream events;
    private final long periodMs;
    private boolean over;

    /** @param periodMs proxies and clients take a connection for dead that is silent for long */
    Heartbeats(BodyStream events, long periodMs) {
        this.events = events;
        this.periodMs = periodMs;
    }

    @Override
    public void begin(Out out) {
        beat(out);
        events.begin(out);
    }

    private void beat(Out out) {
        if (!over) {
            if (out.hasRoom()) {
                var unused = out.write(ByteBuffer.wrap(HEARTBEAT));
            }
            out.runAfter(periodMs, () -> beat(out));
        }
    }

    @Override
    public void roomAgain() {
        events.roomAgain();
    }

    @Override
    public void over() {
        over = true;
        events.over();
    }
}
