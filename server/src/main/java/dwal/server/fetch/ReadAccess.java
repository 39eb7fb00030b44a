package dwal.server.fetch;

import dwal.protocol.RequestContext;

/** Which topics consumers may read. Asked whenever a partition is looked at, since that changes while sessions last. */
@FunctionalInterface
public interface ReadAccess {
    /** Everybody may read all topics. */
    ReadAccess ALL = (context, topic) -> true;

    /** Whether the client may read {@code topic}. Any thread; must not block. */
    boolean mayRead(RequestContext context, String topic);
}
