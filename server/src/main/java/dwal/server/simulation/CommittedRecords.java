package dwal.server.simulation;

import dwal.log.PartitionLog;
import dwal.replication.Partition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * What is below a high watermark stays, and is the same on every replica (promises O1, O4, D2): the first high watermark
 * that passes an offset decides what is there. Also: a producer's records are there once, in the order of its sequences
 * (O3, I1); the high watermark of one run of a node never goes back, unless its log is dropped as damaged; a new leader
 * has all that is committed.
 *
 * <p>A leader whose log is damaged goes on to commit what its followers store, until it knows of the damage and its
 * leadership has ended; what is there is then read from another replica that may come to lead: each of them must have it,
 * for only what all have that are counted on is committed. Where none of them can be looked at now (it is down, or its log is
 * being opened) the records are known later, and until then nobody may claim more than that high watermark.
 */
final class CommittedRecords implements Rule {
    /** How far one node's copy in one run of its process has been compared, and what it looked like then. */
    private static final class Seen {
        @Nullable
        Object run;

        long checkedUpTo;
        long logEnd;
        int leaderEpoch = -1;
    }

    private final List<List<String>> committed = new ArrayList<>();
    private final Map<Integer, Map<Long, Integer>> nextSequence = new HashMap<>();
    private final Map<Long, Seen> seen = new HashMap<>();

    /** The greatest high watermark of damaged nodes behind which nobody could be asked for the records. */
    private final long[] unread;

    CommittedRecords(int partitions) {
        unread = new long[partitions];
        for (int i = 0; i < partitions; i++) {
            committed.add(new ArrayList<>());
        }
    }

    /** What is committed of {@code partition}, by offset. */
    List<String> of(int partition) {
        return committed.get(partition);
    }

    /** How many there are in all partitions. */
    long total() {
        return committed.stream().mapToLong(List::size).sum();
    }

    /** Up to where {@code partition} is committed: somewhat more than is known while only damaged nodes have shown it. */
    long end(int partition) {
        return Math.max(committed.get(partition).size(), unread[partition]);
    }

    /** Whether all that is committed of {@code partition} is known. */
    boolean knowsAll(int partition) {
        return committed.get(partition).size() == end(partition);
    }

    @Override
    public void check(SimulatedCluster cluster) {
        for (SimulatedNode node : cluster.nodes()) {
            for (int i = 0; i < cluster.options().partitions(); i++) {
                Partition partition = node.partition(i);
                if (partition != null && partition.isOpen() && partition.log().isDamaged()) {
                    readElsewhere(cluster, node, i, partition.log().highWatermark());
                    // It will be dropped, and then begins as that of a new run does.
                    seen.remove(key(node, i));
                    node.noteDamageFound();
                } else if (partition != null && partition.isOpen()) {
                    check(node, partition, i, cluster.epochOf(i));
                    if (node.isUnawareOfDamage()) {
                        readElsewhere(cluster, node, i, partition.log().highWatermark());
                    }
                }
            }
        }
    }

    /** What is committed up to the high watermark of {@code damaged} is on each other replica that may come to lead. */
    private void readElsewhere(SimulatedCluster cluster, SimulatedNode damaged, int index, long highWatermark) {
        List<String> known = committed.get(index);
        if (highWatermark <= known.size()) {
            return;
        }
        unread[index] = Math.max(unread[index], highWatermark);
        long from = known.size();
        for (SimulatedNode other : cluster.nodes()) {
            Partition partition = other.partition(index);
            if (other != damaged
                    && cluster.isEligible(index, other.id())
                    && partition != null
                    && partition.isOpen()
                    && !partition.log().isDamaged()) {
                compare(other, partition.log(), index, from, highWatermark, "may come to lead and");
            }
        }
    }

    private static long key(SimulatedNode node, int partition) {
        return node.id() * 1_000L + partition;
    }

    private void check(SimulatedNode node, Partition partition, int index, int newestEpoch) {
        Seen last = seen.computeIfAbsent(key(node, index), unseen -> new Seen());
        if (last.run != node.incarnation()) {
            last.run = node.incarnation();
            last.checkedUpTo = 0;
            last.leaderEpoch = -1;
            last.logEnd = 0;
        }
        PartitionLog log = partition.log();
        long highWatermark = log.highWatermark();
        if (highWatermark < last.checkedUpTo) {
            throw Rule.broken("the high watermark of node " + node.id() + ", partition " + index + " went back from "
                    + last.checkedUpTo + " to " + highWatermark);
        }
        if (log.logEndOffset() < highWatermark) {
            throw Rule.broken("the log of node " + node.id() + ", partition " + index + " ends at " + log.logEndOffset()
                    + ", before its high watermark " + highWatermark);
        }
        int epoch = partition.leaderEpoch();
        List<String> before = committed.get(index);
        if (epoch == newestEpoch && epoch != last.leaderEpoch) {
            compare(node, log, index, 0, before.size(), "has begun to lead in epoch " + epoch + " and");
        }
        last.leaderEpoch = epoch;
        if (highWatermark > last.checkedUpTo) {
            last.checkedUpTo = compare(node, log, index, last.checkedUpTo, highWatermark, "");
        } else if (log.logEndOffset() < last.logEnd) {
            compare(node, log, index, 0, highWatermark, "was cut and");
        }
        last.logEnd = log.logEndOffset();
    }

    /** Gives up to where it could be read: to the end, unless a bit has flipped. */
    private long compare(SimulatedNode node, PartitionLog log, int index, long from, long to, String when) {
        if (to > log.logEndOffset()) {
            throw Rule.broken("node " + node.id() + " " + when + " lacks committed records of partition " + index
                    + ": its log ends at " + log.logEndOffset() + ", and " + to + " are committed");
        }
        List<String> known = committed.get(index);
        return Contents.each(log, from, to, node.isUnawareOfDamage(), (record, batch) -> {
            String here = describe(record, batch);
            int offset = (int) record.offset();
            if (offset == known.size()) {
                known.add(here);
                noteSequence(index, offset, record, batch);
            } else if (offset > known.size() || !known.get(offset).equals(here)) {
                throw Rule.broken("node " + node.id() + " " + when + " has " + here + " at offset " + offset
                        + " of partition " + index + ", where "
                        + (offset > known.size() ? "nothing" : known.get(offset)) + " is committed");
            }
        });
    }

    static String describe(Record record, RecordBatch batch) {
        return batch.partitionLeaderEpoch() + ":" + StandardCharsets.UTF_8.decode(record.value());
    }

    private void noteSequence(int partition, int offset, Record record, RecordBatch batch) {
        if (!batch.hasProducerId()) {
            return;
        }
        Map<Long, Integer> next = nextSequence.computeIfAbsent(partition, key -> new HashMap<>());
        int expected = next.getOrDefault(batch.producerId(), 0);
        if (record.sequence() != expected) {
            throw Rule.broken("producer " + batch.producerId() + " has sequence " + record.sequence() + " at offset "
                    + offset + " of partition " + partition + ", where " + expected + " is expected");
        }
        next.put(batch.producerId(), expected + 1);
    }
}
