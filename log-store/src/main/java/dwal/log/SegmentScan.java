package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment file from a position on, batch by batch, and checks each: whole, of our format, checksum right, offsets
 * going up. Stops at the first that is not. One thread; makes one buffer and drops it.
 */
final class SegmentScan {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int PAGE_BYTES = 4096;
    private static final int SMALLEST_HOLE = 8;

    /** Told of each good batch. */
    interface Visitor {
        /** {@code batch} lies at {@code position} in the file; the view is good during the call only. */
        void batch(BatchView batch, int position);
    }

    /**
     * Where the good batches end.
     *
     * @param position behind the last good batch
     * @param nextOffset behind its last record
     * @param problem what is wrong with what follows; null at the end of the file
     * @param wrongOffset whether that is just a batch with another base offset
     * @param onlyZeros whether it is zeros to the end of the file, as few as a node writes ahead
     */
    record End(int position, long nextOffset, @Nullable String problem, boolean wrongOffset, boolean onlyZeros) {}

    private final DiskFile file;
    private final long fileSize;
    /** Behind this there are only zeros; the last batch may end with some of them. */
    private final long zerosFrom;

    private final BatchView batch = new BatchView();
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer;
    private boolean contiguous;
    private boolean wrongOffset;
    private int lastEpoch = -1;
    /** Position in the file of the buffer's first byte. */
    private long bufferAt;

    SegmentScan(DiskFile file) throws IOException {
        this.file = file;
        this.fileSize = file.size();
        this.zerosFrom = zerosFrom();
        this.buffer =
                ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, Math.max(fileSize, BatchView.HEADER_BYTES)));
        this.buffer.limit(0);
    }

    /**
     * Scans from {@code position}, where a batch of offset {@code expectedOffset} should start.
     *
     * @param contiguous whether offsets must follow each other without a gap: compaction leaves gaps
     */
    End run(int position, long expectedOffset, boolean contiguous, Visitor visitor) throws IOException {
        return run(position, expectedOffset, contiguous, Long.MAX_VALUE, visitor);
    }

    /** As the other, but no further than the batch that holds {@code lastOffset}. */
    End run(int position, long expectedOffset, boolean contiguous, long lastOffset, Visitor visitor)
            throws IOException {
        this.contiguous = contiguous;
        this.lastEpoch = -1;
        long at = position;
        long expected = expectedOffset;
        while (at < fileSize && expected <= lastOffset) {
            String problem = load(at, expected);
            if (problem != null) {
                boolean onlyZeros = at >= zerosFrom && fileSize - at < AheadOfEnd.MOST_ZEROS_BYTES;
                return new End((int) at, expected, problem, wrongOffset, onlyZeros);
            }
            visitor.batch(batch, (int) at);
            expected = batch.nextOffset();
            at += batch.sizeInBytes();
        }
        return new End((int) at, expected, null, false, false);
    }

    /** The batch at {@code at} if it is a good one of at least {@code expectedOffset}; for who goes on by itself. */
    @Nullable
    BatchView goodBatchAt(long at, long expectedOffset) throws IOException {
        return load(at, expectedOffset) == null ? batch : null;
    }

    /** Brings the batch at {@code at} into the buffer and looks at it; gives what is wrong. */
    private @Nullable String load(long at, long expected) throws IOException {
        if (fileSize - at < BatchView.HEADER_BYTES) {
            return "only " + (fileSize - at) + " bytes are left, less than a batch header";
        }
        bring(at, BatchView.HEADER_BYTES);
        batch.over(buffer, (int) (at - bufferAt));
        int size = batch.sizeInBytes();
        if (batch.magic() != BatchView.MAGIC) {
            return "no batch of format 2 (magic " + batch.magic() + ")";
        }
        if (size < BatchView.HEADER_BYTES) {
            return "a batch says it has " + size + " bytes";
        }
        if (size > fileSize - at) {
            return "a batch of " + size + " bytes of which only " + (fileSize - at) + " are there";
        }
        bring(at, size);
        batch.over(buffer, (int) (at - bufferAt));
        int found = batch.computeCrc(crc);
        if (found != batch.storedCrc()) {
            return "checksum " + Integer.toHexString(found) + " where the batch says "
                    + Integer.toHexString(batch.storedCrc());
        }
        wrongOffset = contiguous ? batch.baseOffset() != expected : batch.baseOffset() < expected;
        if (wrongOffset || batch.lastOffsetDelta() < 0) {
            return "offsets " + batch.baseOffset() + " to " + batch.lastOffset() + " where " + expected
                    + " is expected";
        }
        if (batch.leaderEpoch() < lastEpoch) {
            return "leader epoch " + batch.leaderEpoch() + " behind " + lastEpoch;
        }
        lastEpoch = batch.leaderEpoch();
        return null;
    }

    /**
     * Why what was found at {@code end} cannot come from a crash; null if it can: nothing whole follows, or a page in
     * between was never written (it reads as zeros), as happens when a machine loses power and the pages of writes that
     * were not synced have reached the disk in another order.
     */
    @Nullable
    String whyNoCrash(End end, boolean isLastSegment) throws IOException {
        return whyNoCrash(end, isLastSegment, false);
    }

    /**
     * As the other.
     *
     * @param mayBeSynced whether all of this may have been synced, for nobody knows where the last checkpoint was: then a page
     *     of zeros was lost, and only the last segment may end with an incomplete batch
     */
    @Nullable
    String whyNoCrash(End end, boolean isLastSegment, boolean mayBeSynced) throws IOException {
        long at = end.position();
        Next next = nextWholeBatch(at + 1, end.nextOffset());
        if (next != null) {
            return !mayBeSynced && hasUnwrittenPage(end, next.position())
                    ? null
                    : "a whole batch follows at position " + next.position() + " (offset " + next.offset()
                            + "), so this is damage and no incomplete write";
        }
        if (isWholeButForItsHeader(at)) {
            return !mayBeSynced && hasUnwrittenPage(end, zerosFrom)
                    ? null
                    : "its checksum is right, so this is damage to its header and no incomplete write";
        }
        boolean endsEarly = fileSize - at < BatchView.HEADER_BYTES || declaredSize(at) > fileSize - at;
        return isLastSegment || (!mayBeSynced && (endsEarly || hasUnwrittenPage(end, fileSize)))
                ? null
                : "segments follow, so this is damage and no incomplete write";
    }

    /** A batch behind damage. */
    record Next(int position, long offset) {}

    /** The first whole batch at or behind {@code position} that may come after all below {@code nextOffset}, or null. */
    @Nullable
    Next nextWholeBatch(long position, long nextOffset) throws IOException {
        for (long at = position; at <= fileSize - BatchView.HEADER_BYTES; at++) {
            if (isWholeBatch(at, nextOffset)) {
                return new Next((int) at, batch.baseOffset());
            }
        }
        return null;
    }

    /**
     * Whether the checksum at {@code at} fits what it covers, to where the header says that the batch ends or to the end of
     * the file, of whose zeros nobody knows how many are the batch's: base offset, length and leader epoch are not covered.
     */
    private boolean isWholeButForItsHeader(long at) throws IOException {
        if (fileSize - at < BatchView.HEADER_BYTES) {
            return false;
        }
        long size = declaredSize(at);
        int stored = batch.storedCrc();
        return isChecksumOfTheRest(stored, at)
                || (size >= BatchView.HEADER_BYTES && at + size < fileSize && checksum(at, at + size) == stored);
    }

    private boolean isChecksumOfTheRest(int stored, long at) throws IOException {
        long end = Math.max(zerosFrom, at + BatchView.HEADER_BYTES);
        boolean fits = checksum(at, end) == stored;
        for (; !fits && end < fileSize && fileSize - zerosFrom < AheadOfEnd.MOST_ZEROS_BYTES; end++) {
            crc.update(0);
            fits = (int) crc.getValue() == stored;
        }
        return fits || checksum(at, fileSize) == stored;
    }

    /** Of the batch that starts at {@code at}, if it ended at {@code to}. */
    private int checksum(long at, long to) throws IOException {
        crc.reset();
        for (long from = at + BatchView.CHECKSUM_COVERS_FROM; from < to; from += BUFFER_BYTES) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, to - from));
            file.read(piece, from);
            crc.update(piece.flip());
        }
        return (int) crc.getValue();
    }

    private long zerosFrom() throws IOException {
        ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
        for (long end = fileSize; end > 0; end -= PAGE_BYTES) {
            int length = (int) Math.min(PAGE_BYTES, end);
            file.read(page.clear().limit(length), end - length);
            for (int i = length - 1; i >= 0; i--) {
                if (page.get(i) != 0) {
                    return end - length + i + 1;
                }
            }
        }
        return 0;
    }

    private int declaredSize(long at) throws IOException {
        bring(at, BatchView.HEADER_BYTES);
        return batch.over(buffer, (int) (at - bufferAt)).sizeInBytes();
    }

    private boolean isWholeBatch(long at, long afterOffset) throws IOException {
        bring(at, BatchView.HEADER_BYTES);
        batch.over(buffer, (int) (at - bufferAt));
        int size = batch.sizeInBytes();
        if (batch.magic() != BatchView.MAGIC
                || size < BatchView.HEADER_BYTES
                || size > fileSize - at
                || batch.baseOffset() < afterOffset
                || batch.baseOffset() - afterOffset > Integer.MAX_VALUE
                || batch.recordCount() <= 0
                || batch.recordCount() > size
                || batch.lastOffsetDelta() < 0) {
            return false;
        }
        bring(at, size);
        batch.over(buffer, (int) (at - bufferAt));
        return batch.computeCrc(crc) == batch.storedCrc();
    }

    /**
     * Whether some page, or the rest of the one where the damage begins, is all zeros before {@code to}. Of that rest a few
     * bytes say little, for a base offset begins with zeros: then the offset must be what is wrong.
     */
    private boolean hasUnwrittenPage(End end, long to) throws IOException {
        long from = end.position();
        for (long page = from - from % PAGE_BYTES; page + PAGE_BYTES <= to; page += PAGE_BYTES) {
            long start = Math.max(page, from);
            int length = (int) (page + PAGE_BYTES - start);
            ByteBuffer bytes = ByteBuffer.allocate(length);
            file.read(bytes, start);
            boolean tells = length >= SMALLEST_HOLE || end.wrongOffset();
            if (tells && bytes.flip().mismatch(ByteBuffer.allocate(length)) < 0) {
                return true;
            }
        }
        return false;
    }

    /** Makes sure that {@code length} bytes from {@code at} are in the buffer. */
    private void bring(long at, int length) throws IOException {
        if (at >= bufferAt && at + length <= bufferAt + buffer.limit()) {
            return;
        }
        if (length > buffer.capacity()) {
            buffer = ByteBuffer.allocateDirect(length);
        }
        buffer.clear();
        buffer.limit((int) Math.min(buffer.capacity(), fileSize - at));
        int read = file.read(buffer, at);
        if (read < length) {
            throw new IOException(file.path() + " ended at " + (at + read) + " while it was read");
        }
        bufferAt = at;
        buffer.flip();
    }
}
