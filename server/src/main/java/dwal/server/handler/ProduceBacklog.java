package dwal.server.handler;

import dwal.protocol.RequestContext;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * Appends whose records take too long to look at for a network loop, and what came after them over the same connection: done by
 * other threads, for each connection one after the other, and in turns with those of other connections. It is as long as
 * requests are held, so the bounds for requests are its bounds.
 *
 * <p>Any thread; the order of a connection's appends is that in which its loop adds them.
 */
final class ProduceBacklog {
    private final Executor threads;
    /** By connection; there is none for those without a backlog. */
    private final ConcurrentHashMap<String, Line> lines = new ConcurrentHashMap<>();

    /** @param threads where it is worked off */
    ProduceBacklog(Executor threads) {
        this.threads = threads;
    }

    /** Whether appends of this connection must be added, lest they overtake others. */
    boolean isBehind(RequestContext.Connection connection) {
        return !lines.isEmpty() && lines.containsKey(connection.id());
    }

    /** Has {@code appends} run, which throw nothing, after all that was added for this connection before. */
    void add(RequestContext.Connection connection, Collection<Runnable> appends) {
        var fresh = new Line(connection.id());
        Line line = lines.compute(fresh.connection, (id, there) -> {
            Line last = there == null ? fresh : there;
            last.appends.addAll(appends);
            return last;
        });
        if (line == fresh) {
            threads.execute(fresh);
        }
    }

    private final class Line implements Runnable {
        private final String connection;
        private final Queue<Runnable> appends = new ConcurrentLinkedQueue<>();

        Line(String connection) {
            this.connection = connection;
        }

        /** One of them, and then it is the turn of others. */
        @Override
        public void run() {
            appends.remove().run();
            if (lines.computeIfPresent(connection, (id, line) -> appends.isEmpty() ? null : line) != null) {
                threads.execute(this);
            }
        }
    }
}
