package dwal.server.fetch;

import dwal.replication.Partition;
import dwal.replication.Partitions;
import dwal.server.fetch.FetchedPartition.PartitionKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.jspecify.annotations.Nullable;

/**
 * What one reader fetches (KIP-227), with the set of partitions that may have news for it: idle partitions cost
 * nothing. A fetch without a session is one of these too, for one request.
 *
 * <p>Owned by the network loop of the connection that uses it, its {@link #owner}; {@link #enqueue}, {@link #wake},
 * {@link #repeat} and {@link #letGo} come from any thread.
 */
final class FetchSession {
    /** About what one partition takes up, with its place in the map and among the news. */
    static final long PARTITION_BYTES = 256;

    private final Partitions hosted;
    private final boolean usesTopicIds;
    private final @Nullable ReadingReplica replica;
    private final Map<PartitionKey, FetchedPartition> partitions = new LinkedHashMap<>();
    private final Queue<FetchedPartition> news = new ConcurrentLinkedQueue<>();
    private final Queue<FetchedPartition> toRepeat = new ConcurrentLinkedQueue<>();
    private final OwningLoop owner;
    private volatile @Nullable FetchWait waiting;
    private volatile boolean ended;
    private volatile long keptBytes;
    private volatile long lastUsedMs;
    private long bytes;
    private boolean watching;
    private int id;
    private int epoch;

    /**
     * @param replica the follower that reads, or null for a consumer
     * @param loop of the connection over which its first request comes
     */
    FetchSession(Partitions hosted, boolean usesTopicIds, @Nullable ReadingReplica replica, Executor loop) {
        this.hosted = hosted;
        this.usesTopicIds = usesTopicIds;
        this.replica = replica;
        this.owner = new OwningLoop(loop);
    }

    /** The network loop that owns it. Any thread. */
    OwningLoop owner() {
        return owner;
    }

    /** Its next request has come over a connection of {@code loop}, which owns it from now on. */
    void moveTo(Executor loop) {
        displaceWaiting();
        owner.moveTo(loop);
    }

    /** Another request has come: one that waits is out of turn. */
    void displaceWaiting() {
        FetchWait outOfTurn = waiting;
        if (outOfTurn != null) {
            outOfTurn.displace();
        }
    }

    /** The follower that reads, or null for a consumer. */
    @Nullable
    ReadingReplica replica() {
        return replica;
    }

    /** Adds, changes and forgets partitions as {@code request} says; those named are looked at in the next round. */
    void update(FetchRequestData request) {
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition wanted : topic.partitions()) {
                var key = key(topic.topicId(), topic.topic(), wanted.partition());
                FetchedPartition known = partitions.get(key);
                if (known == null) {
                    known = new FetchedPartition(key, this, wanted);
                    partitions.put(key, known);
                    bytes += bytesOf(key);
                } else {
                    known.update(wanted);
                }
                known.enqueue();
            }
        }
        if (isOpening()) {
            return; // such a request forgets nothing, as in Kafka
        }
        for (ForgottenTopic topic : request.forgottenTopicsData()) {
            for (int index : topic.partitions()) {
                FetchedPartition forgotten = partitions.remove(key(topic.topicId(), topic.topic(), index));
                if (forgotten != null) {
                    forgotten.end();
                    bytes -= bytesOf(forgotten.key);
                }
            }
        }
        for (FetchedPartition p = toRepeat.poll(); p != null; p = toRepeat.poll()) {
            if (partitions.get(p.key) == p) {
                p.tellFollowersPosition();
            }
        }
    }

    /** The next request is to count as naming {@code partition}, and should come soon. */
    void repeat(FetchedPartition partition) {
        toRepeat.add(partition);
        FetchWait now = waiting;
        if (now != null) {
            now.hurry();
        }
    }

    /** Whether its first request is being handled, or there will be no other. */
    boolean isOpening() {
        return epoch == 0;
    }

    private PartitionKey key(Uuid topicId, String topic, int index) {
        return usesTopicIds ? new PartitionKey(topicId, "", index) : new PartitionKey(Uuid.ZERO_UUID, topic, index);
    }

    private static long bytesOf(PartitionKey key) {
        return PARTITION_BYTES + key.topic().length();
    }

    /** About how many bytes of the heap it holds. */
    long bytes() {
        return bytes;
    }

    @Nullable
    Partition find(PartitionKey key) {
        return usesTopicIds ? hosted.find(key.topicId(), key.index()) : hosted.find(key.topic(), key.index());
    }

    boolean usesTopicIds() {
        return usesTopicIds;
    }

    boolean isEmpty() {
        return partitions.isEmpty();
    }

    /** All partitions. */
    Collection<FetchedPartition> all() {
        return partitions.values();
    }

    /** Takes the partitions that may have news, in the order in which they had it; each once. */
    List<FetchedPartition> takeNews() {
        List<FetchedPartition> taken = new ArrayList<>();
        for (FetchedPartition p = news.poll(); p != null; p = news.poll()) {
            taken.add(p);
        }
        // Not before all are taken, or one that has news meanwhile would be there twice. Whoever takes looks at it
        // after this.
        taken.forEach(FetchedPartition::dequeued);
        taken.removeIf(p -> partitions.get(p.key) != p);
        return taken;
    }

    void enqueue(FetchedPartition partition) {
        news.add(partition);
    }

    /** Something has happened: whoever waits looks again. */
    void wake() {
        FetchWait now = waiting;
        if (now != null) {
            now.lookAgain();
        }
    }

    void setWaiting(@Nullable FetchWait now) {
        waiting = now;
    }

    /** The request that waits in this session, if one does. */
    @Nullable
    FetchWait waiting() {
        return waiting;
    }

    boolean isWatching() {
        return watching;
    }

    /** From now on news of its partitions reaches the session; not after it has ended. */
    void watch() {
        if (!ended) {
            watching = true;
            partitions.values().forEach(FetchedPartition::watch);
        }
    }

    /** Lets go of the partitions, for good. */
    void close() {
        ended = true;
        watching = false;
        partitions.values().forEach(FetchedPartition::end);
    }

    /**
     * It has ended, and its loop closes it. Who waits in it hears of nothing any more, and what he holds is not counted from
     * here on: he is answered soon.
     */
    void letGo() {
        ended = true;
        owner.run(
                () -> {
                    close();
                    FetchWait now = waiting;
                    if (now != null) {
                        now.hurry();
                    }
                },
                () -> {});
    }

    /** Whether there will be no other request in it. Any thread. */
    boolean hasEnded() {
        return ended;
    }

    // ---- as the cache sees it

    int id() {
        return id;
    }

    int epoch() {
        return epoch;
    }

    /** How many bytes are set aside for it. Set under the lock of the cache. */
    long keptBytes() {
        return keptBytes;
    }

    void setKeptBytes(long set) {
        keptBytes = set;
    }

    long lastUsedMs() {
        return lastUsedMs;
    }

    void opened(int newId, long nowMs) {
        id = newId;
        epoch = 1;
        lastUsedMs = nowMs;
    }

    /** Counts a request; epochs start again at 1 after the largest int. */
    void used(long nowMs) {
        epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        lastUsedMs = nowMs;
    }
}
