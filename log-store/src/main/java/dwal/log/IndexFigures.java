package dwal.log;

import dwal.log.index.LogIndex;
import dwal.log.index.LogIndex.Figure;

/**
 * What the index holds, in bytes unless said otherwise.
 *
 * @param memtableBytes entries in memory that are not in a file yet
 * @param blockCacheBytes blocks of files that are kept in memory
 * @param fileBytes files in use
 * @param keys about how many keys there are
 * @param pendingCompactionBytes about what compaction has yet to rewrite
 * @param runningCompactions how many compactions run
 * @param runningFlushes how many flushes run
 */
public record IndexFigures(
        long memtableBytes,
        long blockCacheBytes,
        long fileBytes,
        long keys,
        long pendingCompactionBytes,
        long runningCompactions,
        long runningFlushes) {

    static IndexFigures of(LogIndex index) {
        return new IndexFigures(
                index.figure(Figure.MEMTABLE_BYTES),
                index.figure(Figure.BLOCK_CACHE_BYTES),
                index.figure(Figure.FILE_BYTES),
                index.figure(Figure.KEYS),
                index.figure(Figure.PENDING_COMPACTION_BYTES),
                index.figure(Figure.RUNNING_COMPACTIONS),
                index.figure(Figure.RUNNING_FLUSHES));
    }
}
