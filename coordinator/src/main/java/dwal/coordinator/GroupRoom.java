package dwal.coordinator;

import dwal.environment.Clock;
import dwal.environment.HeapRoom;
import dwal.environment.LogLimit;
import dwal.protocol.RequestContext;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses requests that would have the embedded coordinator keep more for a client, when the heap is full of what stays: groups live as
 * long as clients want, and the coordinator has no bound for all of them. Any thread.
 *
 * <p>New members and the offsets of clients that are no members come first to their bound; a part of the heap is left for those that
 * are members already. Heartbeats, departures, questions and deletions are never refused. Clients are given a code after which they
 * try again, and a time to pause first: who waits for room gets it when others leave.
 */
final class GroupRoom {
    private static final Logger LOG = LoggerFactory.getLogger("dwal.refused");

    /** Honest members name a handful; each takes some twenty times its bytes, and all members of a group are compared by them. */
    private static final int MOST_PROTOCOLS = 64;

    /** Java's consumer of the consumer protocol tries again as fast as it can, some ten thousand times a second. */
    private static final int PAUSE_MS = 500;

    private final HeapRoom heap;
    private final LogLimit limit;
    private final long forNew;
    private final long forKnown;
    private final long forKnownInDoubt;

    GroupRoom(HeapRoom heap, Clock clock) {
        this.heap = heap;
        this.limit = new LogLimit(clock);
        this.forNew = heap.maxBytes() / 2;
        this.forKnown = forNew + heap.maxBytes() / 16;
        // Members are not to fail for garbage: they are as many as there was room for.
        this.forKnownInDoubt = heap.maxBytes() / 4 * 3;
    }

    /** Why this request is refused, or null; likewise below. */
    @Nullable
    ApiException refusal(RequestContext context, JoinGroupRequestData request) {
        int protocols = request.protocols().size();
        if (protocols > MOST_PROTOCOLS) {
            String reason = "a member names " + MOST_PROTOCOLS + " protocols at most, this one has " + protocols;
            tell(context, reason);
            return new InvalidRequestException(reason);
        }
        return refusal(context, request.memberId().isEmpty());
    }

    /** The leader brings what each member is to have; it begins anew then, in Kafka's way: no other code is repeated by Java's. */
    @Nullable
    ApiException refusal(RequestContext context, SyncGroupRequestData request) {
        ApiException refusal = request.assignments().isEmpty() ? null : refusal(context, false);
        return refusal == null ? null : new RebalanceInProgressException(refusal.getMessage());
    }

    @Nullable
    ApiException refusal(RequestContext context, ConsumerGroupHeartbeatRequestData request) {
        boolean leaves = request.memberEpoch() < 0;
        boolean saysNothingNew = request.memberEpoch() > 0
                && request.subscribedTopicNames() == null
                && request.subscribedTopicRegex() == null
                && request.topicPartitions() == null;
        return leaves || saysNothingNew ? null : refusal(context, request.memberEpoch() == 0);
    }

    @Nullable
    ApiException refusal(RequestContext context, OffsetCommitRequestData request) {
        return refusal(context, request.memberId().isEmpty());
    }

    private @Nullable ApiException refusal(RequestContext context, boolean isNew) {
        long bytes = isNew ? forNew : forKnown;
        if (!heap.isFull(bytes, isNew ? forNew : forKnownInDoubt)) {
            return null;
        }
        context.times().throttled(PAUSE_MS, "room on the heap");
        long stayed = heap.stayedBytes();
        if (stayed < bytes) {
            return new CoordinatorLoadInProgressException(
                    "It is being found out whether there is room on the heap; try again");
        }
        String reason = "there is no room on the heap: " + megabytes(stayed) + " of " + megabytes(heap.maxBytes())
                + " MB are taken for as long as clients want";
        tell(
                context,
                reason + ". Look with 'dwal groups' for members or offsets that should not be there, "
                        + "or raise -Xmx in DWAL_JVM_OPTS");
        return new CoordinatorLoadInProgressException(reason + "; try again");
    }

    private static long megabytes(long bytes) {
        return bytes >> 20;
    }

    private void tell(RequestContext context, String reason) {
        String unsaidNote = limit.admit();
        if (unsaidNote != null) {
            ApiKeys api = context.apiKey();
            LOG.warn(
                    "Refused {} of {} on listener {} (connection {}): {}{}",
                    api.name,
                    context.connection().address().getHostAddress(),
                    context.connection().listener(),
                    context.connection().id(),
                    reason,
                    unsaidNote);
        }
    }
}
