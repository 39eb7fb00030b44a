package dwal.replication;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.jspecify.annotations.Nullable;

/**
 * A partition as the fetcher sees it that fetches for it. Any thread calls; {@code done} is called each time, on any
 * thread, maybe within the call, whatever happens to the partition: only the first call counts.
 */
interface Replicated {

    /** What the fetcher is to do for the partition next. */
    sealed interface Next {
        /** Fetch from {@code offset} on. */
        record Fetch(long offset, int lastFetchedEpoch, long logStartOffset, int leaderEpoch) implements Next {}

        /** Ask where the leader's log ends and starts, for {@code offset}, our end, is not in it. */
        record AskOffsets(long offset, int leaderEpoch) implements Next {}

        /** Try again after a pause. */
        enum Retry implements Next {
            LATER
        }

        /** Nothing: this node does not follow in that epoch any more, or the leader does not lead in it. */
        enum Stop implements Next {
            NOW
        }

        Next RETRY = Retry.LATER;
        Next STOP = Stop.NOW;
    }

    TopicIdPartition id();

    /** Gives the position to fetch from, once all before it is stored. */
    void position(int leaderEpoch, Consumer<Next> done);

    /**
     * Takes what the leader of {@code leaderEpoch} answered.
     *
     * @param asked the offset that it was asked for
     * @param records the record batches in it, good until {@code done} is called
     */
    void replicate(int leaderEpoch, long asked, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done);

    /** The leader's log reaches from {@code start} to {@code end}, neither of which our end lies between. */
    void startOver(int leaderEpoch, long start, long end, Consumer<Next> done);
}
