package dwal.log.index;

import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The node's index: sorted keys and values in a few families. Any thread.
 *
 * <p>After a crash the index is as it was at some {@link Change}, with all before it and nothing after. What it lacks is read
 * from the logs again.
 */
public interface LogIndex extends AutoCloseable {

    /** What is kept apart from each other. Fixed: each costs memory, however many partitions there are. */
    enum Family {
        /** Offset of its first entry to a block of index entries. */
        OFFSETS,
        /** Segment, greatest timestamp before the block, first offset: to find a block by time. */
        TIMES,
        /** The leader epochs of a partition. */
        EPOCHS,
        /** Producer id to what the partition knows of that producer. */
        PRODUCERS,
        /** Offset of the marker to an aborted transaction. */
        ABORTED,
        /** What a partition's checkpoint says. */
        STATE
    }

    /** What can be asked of it. */
    enum Figure {
        /** Entries in memory that are not in a file yet. */
        MEMTABLE_BYTES,
        /** Blocks of files that are kept in memory. */
        BLOCK_CACHE_BYTES,
        /** Files in use. */
        FILE_BYTES,
        /** About how many keys there are. */
        KEYS,
        /** About what compaction has yet to rewrite. */
        PENDING_COMPACTION_BYTES,
        RUNNING_COMPACTIONS,
        RUNNING_FLUSHES
    }

    /** A key and its value. */
    @SuppressWarnings("ArrayRecordComponent") // carried from the database to whoever decodes it, never compared
    record Entry(byte[] key, byte[] value) {}

    /**
     * Keys and values to write together, or not at all. One thread; to be closed. A change of an index that was closed before
     * does nothing.
     */
    interface Change extends AutoCloseable {
        Change put(Family family, byte[] key, byte[] value) throws IndexException;

        Change delete(Family family, byte[] key) throws IndexException;

        /** Deletes from {@code from} on what lies before {@code to}. */
        Change deleteRange(Family family, byte[] from, byte[] to) throws IndexException;

        /** Makes it visible; it outlives a crash after the next {@link #flush}. */
        void commit() throws IndexException;

        @Override
        void close();
    }

    /** The file that leads to all others: without it there is no index in a directory. */
    String ROOT_FILE = "CURRENT";

    /** Opens the index in {@code directory}, which exists; makes a new one when there is none. Takes some time. */
    static LogIndex open(Path directory) throws IndexException {
        return RocksIndex.open(directory, false);
    }

    /** Opens an index only to read it, also one that another process has open. */
    static LogIndex openReadOnly(Path directory) throws IndexException {
        return RocksIndex.open(directory, true);
    }

    /** The value of {@code key}, or null. */
    byte @Nullable [] get(Family family, byte[] key) throws IndexException;

    /** The last entry at or before {@code key} that shares its first {@code prefixBytes} bytes, or null. */
    @Nullable
    Entry floor(Family family, byte[] key, int prefixBytes) throws IndexException;

    /** Gives each entry from {@code from} on that lies before {@code to}. */
    void each(Family family, byte[] from, byte[] to, BiConsumer<byte[], byte[]> visitor) throws IndexException;

    /** A figure for people; 0 if it is closed, or has no such figure. */
    default long figure(Figure which) {
        return 0;
    }

    /** Starts a change. */
    Change change();

    /** Makes all changes committed so far outlive a crash; false if it is closed. Takes some milliseconds. */
    boolean flush() throws IndexException;

    /** Closes without a flush; later calls find nothing and do nothing. */
    @Override
    void close();
}
