package dwal.gateway.http;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of several partitions as one stream. One that cannot go on leaves it to the others, and the stream ends with the last. Owned by
 * the connection's network loop.
 */
final class TopicEvents implements BodyStream {
    private final List<RecordEvents> parts;
    /** Whom room is offered to next: those that were served last come last. */
    private final Deque<RecordEvents> turns;

    private final List<ByteBuffer> first;
    private int open;
    private @Nullable Out out;

    /** @param first events to be sent before all others */
    TopicEvents(List<RecordEvents> parts, List<ByteBuffer> first) {
        this.parts = List.copyOf(parts);
        this.turns = new ArrayDeque<>(parts);
        this.first = first;
        this.open = parts.size();
    }

    @Override
    public void begin(Out to) {
        out = to;
        for (ByteBuffer each : first) {
            var unused = to.write(each);
        }
        parts.forEach(part -> part.begin(new Shared(to)));
    }

    @Override
    public void roomAgain() {
        for (int i = parts.size(); i > 0 && out != null && out.hasRoom(); i--) {
            RecordEvents next = turns.removeFirst();
            turns.addLast(next);
            next.roomAgain();
        }
    }

    @Override
    public void over() {
        parts.forEach(RecordEvents::over);
    }

    /** Where one of the partitions writes. */
    private final class Shared implements Out {
        private final Out all;
        private boolean ended;

        Shared(Out all) {
            this.all = all;
        }

        @Override
        public boolean hasRoom() {
            return !ended && all.hasRoom();
        }

        @Override
        public boolean write(ByteBuffer piece) {
            return all.write(piece);
        }

        @Override
        public void end() {
            if (!ended) {
                ended = true;
                open--;
                if (open == 0) {
                    all.end();
                }
            }
        }

        @Override
        public void run(Runnable task) {
            all.run(task);
        }

        @Override
        public void runAfter(long ms, Runnable task) {
            all.runAfter(ms, task);
        }
    }
}
