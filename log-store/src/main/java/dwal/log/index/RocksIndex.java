package dwal.log.index;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The node's index in RocksDB. Any thread. There is no write-ahead log, and all families are flushed together.
 */
final class RocksIndex implements LogIndex {

    /** A write batch. The index stays open until it is closed. */
    private final class Batch implements Change {
        private final WriteBatch batch = new WriteBatch();

        private Batch() {
            use.readLock().lock();
        }

        @Override
        public Change put(Family family, byte[] key, byte[] value) throws IndexException {
            try {
                if (!closed) {
                    batch.put(handle(family), key, value);
                }
                return this;
            } catch (RocksDBException e) {
                throw failed("put", e);
            }
        }

        @Override
        public Change delete(Family family, byte[] key) throws IndexException {
            try {
                if (!closed) {
                    batch.delete(handle(family), key);
                }
                return this;
            } catch (RocksDBException e) {
                throw failed("delete", e);
            }
        }

        @Override
        public Change deleteRange(Family family, byte[] from, byte[] to) throws IndexException {
            try {
                if (!closed) {
                    batch.deleteRange(handle(family), from, to);
                }
                return this;
            } catch (RocksDBException e) {
                throw failed("delete", e);
            }
        }

        @Override
        public void commit() throws IndexException {
            try {
                if (!closed) {
                    database.write(withoutLog, batch);
                }
            } catch (RocksDBException e) {
                throw failed("write", e);
            }
        }

        @Override
        public void close() {
            batch.close();
            use.readLock().unlock();
        }
    }

    private static final long CACHE_BYTES = 4L << 20;
    private static final long MEMTABLES_BYTES = 8L << 20;
    private static final long MEMTABLE_BYTES = 2L << 20;

    private final DBOptions options;
    private final ColumnFamilyOptions familyOptions;
    private final LRUCache cache;
    private final WriteOptions withoutLog = new WriteOptions().setDisableWAL(true);
    private final ReadOptions totalOrder = new ReadOptions().setTotalOrderSeek(true);
    private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
    private final List<ColumnFamilyHandle> allHandles = new ArrayList<>();
    private final RocksDB database;
    /** Held for reading by each call, for writing by close: a call into a closed database would crash the process. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    private RocksIndex(Path directory, boolean readOnly) throws RocksDBException {
        cache = new LRUCache(CACHE_BYTES);
        var table = new BlockBasedTableConfig().setBlockCache(cache).setCacheIndexAndFilterBlocks(true);
        familyOptions = new ColumnFamilyOptions()
                .setTableFormatConfig(table)
                .setWriteBufferSize(MEMTABLE_BYTES)
                .setCompressionType(CompressionType.NO_COMPRESSION);
        options = new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setAtomicFlush(true)
                .setAvoidFlushDuringShutdown(true)
                .setDbWriteBufferSize(MEMTABLES_BYTES)
                .setMaxBackgroundJobs(1)
                .setMaxOpenFiles(64)
                // Each start would take 4 MiB for the list of files, which on a full disk is all that is kept for a
                // start.
                .setAllowFAllocate(false)
                .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
                .setKeepLogFileNum(2)
                .setStatsDumpPeriodSec(0);
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
        for (Family family : Family.values()) {
            byte[] name = family.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
            families.add(new ColumnFamilyDescriptor(name, familyOptions));
        }
        try {
            String path = directory.toString();
            database = readOnly
                    ? RocksDB.openReadOnly(options, path, families, allHandles)
                    : RocksDB.open(options, path, families, allHandles);
        } catch (RocksDBException e) {
            closeOptions();
            throw e;
        }
        // The handles come in the order of the descriptors, behind that of the default family.
        int at = 1;
        for (Family family : Family.values()) {
            handles.put(family, allHandles.get(at++));
        }
    }

    /** See {@link LogIndex#open} and {@link LogIndex#openReadOnly}. */
    static LogIndex open(Path directory, boolean readOnly) throws IndexException {
        try {
            NativeLibrary.load();
            return new RocksIndex(directory, readOnly);
        } catch (RocksDBException e) {
            String message = "The index in " + directory + " cannot be opened: " + e.getMessage();
            throw new IndexException(message, e, isLocked(e));
        }
    }

    private static boolean isLocked(RocksDBException e) {
        String message = e.getMessage();
        return message != null && message.contains("LOCK");
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IndexException {
        use.readLock().lock();
        try {
            return closed ? null : database.get(handle(family), key);
        } catch (RocksDBException e) {
            throw failed("read", e);
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public @Nullable Entry floor(Family family, byte[] key, int prefixBytes) throws IndexException {
        use.readLock().lock();
        try {
            if (closed) {
                return null;
            }
            try (RocksIterator iterator = database.newIterator(handle(family), totalOrder)) {
                iterator.seekForPrev(key);
                if (!iterator.isValid()) {
                    iterator.status();
                    return null;
                }
                byte[] found = iterator.key();
                boolean shares = Arrays.equals(found, 0, prefixBytes, key, 0, prefixBytes);
                return shares ? new Entry(found, iterator.value()) : null;
            }
        } catch (RocksDBException e) {
            throw failed("read", e);
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public void each(Family family, byte[] from, byte[] to, BiConsumer<byte[], byte[]> visitor) throws IndexException {
        use.readLock().lock();
        try {
            if (closed) {
                return;
            }
            try (RocksIterator iterator = database.newIterator(handle(family), totalOrder)) {
                for (iterator.seek(from); iterator.isValid(); iterator.next()) {
                    byte[] key = iterator.key();
                    if (Arrays.compareUnsigned(key, to) >= 0) {
                        break;
                    }
                    visitor.accept(key, iterator.value());
                }
                iterator.status();
            }
        } catch (RocksDBException e) {
            throw failed("read", e);
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public long figure(Figure which) {
        use.readLock().lock();
        try {
            return closed ? 0 : ask(which);
        } catch (RocksDBException e) {
            return 0;
        } finally {
            use.readLock().unlock();
        }
    }

    private long ask(Figure which) throws RocksDBException {
        return switch (which) {
            case MEMTABLE_BYTES -> database.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables");
            case BLOCK_CACHE_BYTES -> cache.getUsage();
            case FILE_BYTES -> database.getAggregatedLongProperty("rocksdb.live-sst-files-size");
            case KEYS -> database.getAggregatedLongProperty("rocksdb.estimate-num-keys");
            case PENDING_COMPACTION_BYTES ->
                database.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes");
            case RUNNING_COMPACTIONS -> database.getLongProperty("rocksdb.num-running-compactions");
            case RUNNING_FLUSHES -> database.getLongProperty("rocksdb.num-running-flushes");
        };
    }

    @Override
    public Change change() {
        return new Batch();
    }

    @Override
    public boolean flush() throws IndexException {
        use.readLock().lock();
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            if (!closed) {
                database.flush(wait, allHandles);
            }
            return !closed;
        } catch (RocksDBException e) {
            throw failed("flush", e);
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            for (ColumnFamilyHandle handle : allHandles) {
                handle.close();
            }
            database.close();
            closeOptions();
        } finally {
            use.writeLock().unlock();
        }
    }

    private void closeOptions() {
        options.close();
        familyOptions.close();
        cache.close();
        withoutLog.close();
        totalOrder.close();
    }

    private ColumnFamilyHandle handle(Family family) {
        ColumnFamilyHandle handle = handles.get(family);
        if (handle == null) {
            throw new AssertionError("family " + family + " was not opened");
        }
        return handle;
    }

    private static IndexException failed(String what, RocksDBException e) {
        return new IndexException("The index failed to " + what + ": " + e.getMessage(), e);
    }
}
