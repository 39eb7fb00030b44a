package dwal.server.fetch;

import dwal.replication.FetchOutcome;
import dwal.replication.Isolation;
import dwal.replication.Partition;
import dwal.replication.ReplicaFetch;
import dwal.server.fetch.FetchWait.Wanted;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.jspecify.annotations.Nullable;

/**
 * One partition as one reader fetches it: from where, and what the reader has been told last. Owned by the network loop
 * that owns the session, but for {@link #news}, {@link #repeat} and {@link #hasEnded}, which come from the partition's
 * strand.
 */
final class FetchedPartition implements Partition.Watcher, ReplicaFetch.Source {

    /**
     * How the reader names it: by topic id, or (before version 13) by name, the other being zero or empty. Comparable, so that a map
     * finds it soon whatever the hash codes are: a client can choose partitions that have the same.
     */
    record PartitionKey(Uuid topicId, String topic, int index) implements Comparable<PartitionKey> {
        private static final Comparator<PartitionKey> ORDER = Comparator.comparing(PartitionKey::topicId)
                .thenComparing(PartitionKey::topic)
                .thenComparingInt(PartitionKey::index);

        @Override
        public int compareTo(PartitionKey other) {
            return ORDER.compare(this, other);
        }
    }

    final PartitionKey key;
    private final FetchSession session;
    private final AtomicBoolean queued = new AtomicBoolean();
    private @Nullable Partition partition;
    private @Nullable String topicName;
    private boolean watching;
    private volatile boolean ended;
    private long fetchOffset;
    private int currentLeaderEpoch;
    private int lastFetchedEpoch;
    private int maxBytes;
    private long readerLogStartOffset;
    private long toldHighWatermark = -1;
    private long toldLogStartOffset = -1;

    FetchedPartition(PartitionKey key, FetchSession session, FetchPartition wanted) {
        this.key = key;
        this.session = session;
        topicName = session.usesTopicIds() ? null : key.topic();
        update(wanted);
    }

    /** Takes what the reader wants from now on. */
    void update(FetchPartition wanted) {
        boolean stepsBack = wanted.fetchOffset() < fetchOffset;
        fetchOffset = wanted.fetchOffset();
        if (currentLeaderEpoch != wanted.currentLeaderEpoch() || stepsBack) {
            // What was told in the epoch before may have come too late to be taken; who has lost its log knows nothing.
            toldHighWatermark = -1;
            toldLogStartOffset = -1;
        }
        currentLeaderEpoch = Math.max(wanted.currentLeaderEpoch(), -1);
        lastFetchedEpoch = wanted.lastFetchedEpoch();
        maxBytes = wanted.partitionMaxBytes();
        readerLogStartOffset = wanted.logStartOffset();
        tellFollowersPosition();
    }

    /** Tells the leader how far the follower is, if a follower reads. */
    void tellFollowersPosition() {
        ReadingReplica replica = session.replica();
        Partition known = replica == null ? null : partition();
        if (replica != null && known != null) {
            known.followerFetches(fetchOf(replica));
        }
    }

    private ReplicaFetch fetchOf(ReadingReplica replica) {
        return new ReplicaFetch(
                replica.id(),
                replica.brokerEpoch(),
                fetchOffset,
                currentLeaderEpoch,
                lastFetchedEpoch,
                readerLogStartOffset,
                session.isOpening(),
                this);
    }

    /** The partition, looked up when it is not known yet or not any more. */
    @Nullable
    Partition partition() {
        Partition known = partition;
        if (known == null || known.isGone()) {
            unwatch();
            known = session.find(key);
            partition = known;
            if (known != null) {
                topicName = known.id().topic();
                if (session.isWatching()) {
                    watch();
                }
            }
        }
        return known;
    }

    /** The name of its topic, still if that is deleted; null as long as its id has not been known. */
    @Nullable
    String topicName(MetadataImage image) {
        if (topicName == null) {
            TopicImage topic = image.topics().getTopic(key.topicId());
            topicName = topic == null ? null : topic.name();
        }
        return topicName;
    }

    /** Whether its topic is not there any more, though perhaps another of its name. */
    boolean isDeleted(MetadataImage image) {
        return session.usesTopicIds() && image.topics().getTopic(key.topicId()) == null;
    }

    /** Reads for a follower; the partition must be there and open. */
    FetchOutcome readAsReplica(Partition open, ReadingReplica replica, int bytesLeft, boolean atLeastOne) {
        return open.reads().readAsReplica(fetchOf(replica), Math.min(maxBytes, bytesLeft), atLeastOne);
    }

    /** Reads for a consumer, or sends it elsewhere; the partition must be there and open. */
    FetchOutcome readAsConsumer(Partition open, Wanted wanted, int bytesLeft, boolean atLeastOne) {
        int most = Math.min(maxBytes, bytesLeft);
        if (!wanted.anyReplica()) {
            return open.reads()
                    .read(fetchOffset, currentLeaderEpoch, lastFetchedEpoch, wanted.isolation(), most, atLeastOne);
        }
        int preferred = wanted.choice().preferred(open, fetchOffset);
        return preferred != FetchOutcome.HERE
                ? open.reads().sendTo(preferred, currentLeaderEpoch)
                : open.reads()
                        .readFromAnyReplica(
                                fetchOffset,
                                currentLeaderEpoch,
                                lastFetchedEpoch,
                                wanted.isolation(),
                                most,
                                atLeastOne);
    }

    /** Whether {@code outcome} has anything that the reader does not know. */
    boolean isNew(FetchOutcome outcome) {
        return outcome.sizeInBytes() > 0
                || outcome.error() != Errors.NONE
                || outcome.diverging() != null
                || outcome.preferredReadReplica() != FetchOutcome.HERE
                || outcome.highWatermark() != toldHighWatermark
                || outcome.logStartOffset() != toldLogStartOffset;
    }

    /** Whether a reader that has been told where the log starts is to hear that it starts elsewhere. */
    boolean hasNewStart(FetchOutcome outcome) {
        return toldLogStartOffset >= 0 && outcome.logStartOffset() > toldLogStartOffset;
    }

    /** Whether there is or may be more to tell after {@code outcome}, without any news: it did not fit, or went wrong. */
    boolean isUnfinished(FetchOutcome outcome, Isolation isolation) {
        return outcome.sizeInBytes() > 0 || outcome.error() != Errors.NONE || fetchOffset < limit(outcome, isolation);
    }

    private long limit(FetchOutcome outcome, Isolation isolation) {
        return switch (isolation) {
            case READ_COMMITTED -> outcome.lastStableOffset();
            case READ_UNCOMMITTED -> outcome.highWatermark();
            case LOG_END -> partition == null ? -1 : partition.log().logEndOffset();
        };
    }

    /** Remembers that the reader is being told {@code outcome}. */
    void told(FetchOutcome outcome) {
        // After an error -1, so that the reader hears when it goes away. And a reader that must cut its log first
        // cannot make
        // use of a high watermark beyond its end.
        toldHighWatermark = outcome.diverging() == null ? outcome.highWatermark() : -1;
        toldLogStartOffset = outcome.logStartOffset();
    }

    /** Counts {@code outcome}, which is sent, where that is bounded. */
    void sent(FetchOutcome outcome) {
        Partition known = partition;
        if (session.replica() != null && known != null) {
            known.reads().sent(outcome.sizeInBytes());
        }
    }

    void watch() {
        if (partition != null && !watching) {
            watching = true;
            partition.watch(this);
        }
    }

    /** The reader fetches it no more. */
    void end() {
        ended = true;
        unwatch();
    }

    @Override
    public boolean hasEnded() {
        return ended || session.hasEnded();
    }

    @Override
    public void repeat() {
        session.repeat(this);
    }

    private void unwatch() {
        if (partition != null && watching) {
            watching = false;
            partition.unwatch(this);
        }
    }

    @Override
    public void news() {
        enqueue();
        // Even if it was queued before: what was put back after a look may be enough by now.
        session.wake();
    }

    @Override
    public void appended() {
        if (session.replica() != null) {
            news();
        }
    }

    /** Puts itself among the partitions to look at, if it is not there already. */
    void enqueue() {
        if (queued.compareAndSet(false, true)) {
            session.enqueue(this);
        }
    }

    /** From now on news puts it in the queue again. */
    void dequeued() {
        queued.set(false);
    }
}
