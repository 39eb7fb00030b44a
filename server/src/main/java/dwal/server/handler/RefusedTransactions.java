package dwal.server.handler;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import dwal.protocol.RequestContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, who asks for transactions, which are not there yet: a few lines in any while. Some clients do not say why
 * they fail. Any thread.
 */
final class RefusedTransactions {
    static final String REASON = "Transactions are not supported yet; remove transactional.id";

    private static final Logger LOG = LoggerFactory.getLogger("dwal.refused");

    private final LogLimit limit;

    RefusedTransactions(Clock clock) {
        this.limit = new LogLimit(clock);
    }

    /** Takes note that {@code context} asked for the coordinator of transactions. */
    void note(RequestContext context) {
        String unsaidNote = limit.admit();
        if (unsaidNote != null) {
            LOG.warn(
                    "Refused the transactional producer of {} on listener {} (connection {}): {}{}",
                    context.connection().address().getHostAddress(),
                    context.connection().listener(),
                    context.connection().id(),
                    REASON,
                    unsaidNote);
        }
    }
}
