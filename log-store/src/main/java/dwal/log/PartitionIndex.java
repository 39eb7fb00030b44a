package dwal.log;

import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import dwal.log.index.LogIndex.Family;
import dwal.log.index.PartitionKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicIdPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's part of the node's index: how blocks of index entries and checkpoints are coded in it. Any thread. What
 * it gives is a hint, to be checked against the log; what cannot be read counts as missing. The bytes are told in
 * ARCHITECTURE.md, "Bytes".
 */
final class PartitionIndex {
    private static final Logger log = LoggerFactory.getLogger(PartitionIndex.class);
    private static final byte FORMAT = 1;
    static final int BLOCK_HEADER_BYTES = 1 + 8 + 8 + 8;
    static final int ENTRY_BYTES = 16;
    /** In place of a checkpoint, in an index that was made anew. */
    private static final byte[] LOST = {0};
    /** Entries of one block: one look-up gives so many. */
    static final int BLOCK_ENTRIES = 512;

    private final Supplier<@Nullable LogIndex> index;
    private final PartitionKey key;
    private final String topic;

    PartitionIndex(Supplier<@Nullable LogIndex> index, TopicIdPartition partition) {
        this.index = index;
        this.key = new PartitionKey(partition);
        this.topic = partition.topic();
    }

    /** The topic's name. */
    String topic() {
        return topic;
    }

    PartitionKey key() {
        return key;
    }

    /** The node's index; null if there is none (it could not be opened). */
    @Nullable
    LogIndex index() {
        return index.get();
    }

    /** The block that holds the last entry at or before {@code offset} of the segment at {@code segmentBase}, or null. */
    @Nullable
    SparseIndex blockAt(long segmentBase, long offset) {
        LogIndex open = index.get();
        try {
            LogIndex.Entry found =
                    open == null ? null : open.floor(Family.OFFSETS, key.with(offset), PartitionKey.PREFIX_BYTES);
            return found == null ? null : decode(found, segmentBase);
        } catch (IndexException e) {
            log.warn("{}", e.getMessage());
            return null;
        }
    }

    /** The last block of the segment before which all timestamps are smaller than {@code timestampMs}, or null. */
    @Nullable
    SparseIndex blockBeforeTime(long segmentBase, long timestampMs) {
        LogIndex open = index.get();
        if (open == null) {
            return null;
        }
        try {
            // Times are stored plus one: "none before" is -1, and keys sort as unsigned numbers.
            byte[] last = key.with(segmentBase, Math.max(timestampMs, 0), Long.MAX_VALUE);
            LogIndex.Entry found = open.floor(Family.TIMES, last, PartitionKey.PREFIX_BYTES + 8);
            return found == null
                    ? null
                    : blockAt(segmentBase, ByteBuffer.wrap(found.key()).getLong(PartitionKey.PREFIX_BYTES + 16));
        } catch (IndexException e) {
            log.warn("{}", e.getMessage());
            return null;
        }
    }

    /** Puts the entries {@code from} to {@code to} of {@code entries}, which end before {@code endOffset}, as one block. */
    void putBlock(LogIndex.Change change, long segmentBase, SparseIndex entries, int from, int to, long endOffset)
            throws IndexException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_HEADER_BYTES + ENTRY_BYTES * (to - from));
        block.put(FORMAT).putLong(segmentBase).putLong(endOffset).putLong(0);
        for (int i = from; i < to; i++) {
            block.putInt((int) (entries.offset(i) - segmentBase)).putInt(entries.position(i));
            block.putLong(entries.timeBefore(i));
        }
        // The first block is that of all offsets from the segment's first on, though they may be missing.
        long first = entries.position(from) == 0 ? segmentBase : entries.offset(from);
        change.put(Family.OFFSETS, key.with(first), block.array());
        change.put(Family.TIMES, key.with(segmentBase, entries.timeBefore(from) + 1, first), new byte[0]);
    }

    private @Nullable SparseIndex decode(LogIndex.Entry entry, long segmentBase) {
        ByteBuffer block = ByteBuffer.wrap(entry.value());
        int count = (block.limit() - BLOCK_HEADER_BYTES) / ENTRY_BYTES;
        if (count <= 0
                || block.get() != FORMAT
                || block.getLong() != segmentBase
                || BLOCK_HEADER_BYTES + count * ENTRY_BYTES != block.limit()) {
            return null;
        }
        long endOffset = block.getLong();
        block.getLong();
        int[] offsets = new int[count];
        int[] positions = new int[count];
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = block.getInt();
            positions[i] = block.getInt();
            times[i] = block.getLong();
        }
        return SparseIndex.block(segmentBase, endOffset, offsets, positions, times);
    }

    /** Told of the blocks of a segment. */
    interface BlockVisitor {
        /** {@code first}: the first offset for which this is the block. */
        void block(long first, SparseIndex block);
    }

    /** Gives each block of the segment at {@code segmentBase}, whose offsets are below {@code endOffset}. */
    void eachBlock(long segmentBase, long endOffset, BlockVisitor visitor) throws IndexException {
        LogIndex open = index.get();
        if (open == null) {
            return;
        }
        open.each(Family.OFFSETS, key.with(segmentBase), key.with(endOffset), (k, value) -> {
            SparseIndex block = decode(new LogIndex.Entry(k, value), segmentBase);
            if (block != null) {
                visitor.block(ByteBuffer.wrap(k).getLong(PartitionKey.PREFIX_BYTES), block);
            }
        });
    }

    /** By what look-ups by time find a block: the greatest timestamp of its segment before it, or -1, and its first offset. */
    record BlockTime(long timeBefore, long first) {}

    /** Gives all of the segment at {@code segmentBase}. */
    void eachTime(long segmentBase, Consumer<BlockTime> visitor) throws IndexException {
        LogIndex open = index.get();
        if (open == null) {
            return;
        }
        open.each(Family.TIMES, key.with(segmentBase), key.with(segmentBase + 1), (k, value) -> {
            ByteBuffer numbers = ByteBuffer.wrap(k).position(PartitionKey.PREFIX_BYTES + 8);
            visitor.accept(new BlockTime(numbers.getLong() - 1, numbers.getLong()));
        });
    }

    /** What the last checkpoint says, or null; throws some RuntimeException if it cannot be decoded. */
    @Nullable
    SavedLog saved() throws IndexException {
        LogIndex open = index.get();
        byte[] value = open == null ? null : open.get(Family.STATE, key.bytes());
        return value == null || Arrays.equals(value, LOST) ? null : SavedLog.decode(value);
    }

    /** What the last checkpoints of all partitions say, but for those that cannot be decoded or do not know their topic. */
    static Map<TopicIdPartition, SavedLog> allSaved(LogIndex open) throws IndexException {
        Map<TopicIdPartition, SavedLog> all = new LinkedHashMap<>();
        open.each(Family.STATE, new byte[0], PartitionKey.behindAll(), (key, value) -> {
            try {
                SavedLog saved = SavedLog.decode(value);
                if (!saved.topic().isEmpty()) {
                    all.put(PartitionKey.partitionOf(key, saved.topic()), saved);
                }
            } catch (RuntimeException e) {
                log.debug("a checkpoint cannot be decoded: {}", e.toString());
            }
        });
        return all;
    }

    /** Whether there was a checkpoint that was lost with the index, and none since. */
    boolean isLost() throws IndexException {
        LogIndex open = index.get();
        return open != null && Arrays.equals(open.get(Family.STATE, key.bytes()), LOST);
    }

    /** Notes that all that the index had of this partition is lost. */
    void putLost(LogIndex.Change change) throws IndexException {
        change.put(Family.STATE, key.bytes(), LOST);
    }

    /** Calls {@code visitor} with each value that the partition has in {@code family}. */
    void each(Family family, Consumer<byte[]> visitor) throws IndexException {
        LogIndex open = index.get();
        if (open != null) {
            open.each(family, key.bytes(), key.end(), (k, value) -> visitor.accept(value));
        }
    }

    /** Removes all that the index has of the partition. */
    void deleteAll() throws IndexException {
        LogIndex open = index.get();
        if (open == null) {
            return;
        }
        try (LogIndex.Change change = open.change()) {
            for (Family family : Family.values()) {
                change.deleteRange(family, key.bytes(), key.end());
            }
            change.commit();
        }
    }
}
