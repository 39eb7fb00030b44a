package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** A stream of server-sent events with a comment now and then, so that it is never silent for long. Owned by the connection's network loop. */
final class Heartbeats implements BodyStream {
    /** Proxies and clients take a connection for dead that is silent for longer. */
    private static final long PERIOD_MS = 15_000;

    private static final byte[] HEARTBEAT = ":\n\n".getBytes(US_ASCII);

    private final BodyStream events;
    private boolean over;

    Heartbeats(BodyStream events) {
        this.events = events;
    }

    @Override
    public void begin(Out out) {
        beat(out);
        events.begin(out);
    }

    private void beat(Out out) {
        if (!over) {
            if (out.hasRoom()) {
                out.write(ByteBuffer.wrap(HEARTBEAT));
            }
            out.runAfter(PERIOD_MS, () -> beat(out));
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
