package dwal.server.handler;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import dwal.log.AppendOutcome;
import dwal.protocol.RequestContext;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, what records are not taken for what is wrong with them: a few lines in any while, however many are sent.
 * What passes (another leads, too few replicas are in sync) is no such refusal. Any thread.
 */
final class RefusedRecords {
    private static final Logger LOG = LoggerFactory.getLogger("dwal.refused");

    private final LogLimit limit;

    RefusedRecords(Clock clock) {
        this.limit = new LogLimit(clock);
    }

    /** Takes note of what became of records that {@code context} asked to append to {@code partition}, if that is known. */
    void note(RequestContext context, @Nullable TopicPartition partition, AppendOutcome outcome) {
        if (outcome.error() == Errors.NONE || mayPass(outcome.error())) {
            return;
        }
        String unsaidNote = limit.admit();
        if (unsaidNote != null) {
            LOG.warn(
                    "Refused records of {} on listener {} (connection {}){}: {}, {}{}",
                    context.connection().address().getHostAddress(),
                    context.connection().listener(),
                    context.connection().id(),
                    partition == null ? "" : " for " + partition,
                    outcome.error(),
                    outcome.message(),
                    unsaidNote);
        }
    }

    /** Damage on the way passes too, as Kafka has it; but whoever runs the node should know of it. */
    private static boolean mayPass(Errors error) {
        return error != Errors.CORRUPT_MESSAGE && error.exception() instanceof RetriableException;
    }
}
