package dwal.protocol.batch;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * Inflates the records of a batch in one go, from the direct buffer they came in to one that is kept for that, as long as the
 * batch looks as nearly all do: lz4 in frames as Kafka's clients write them, or zstd, and not large. Where it gives up
 * that says nothing against the batch: whoever asked takes Kafka's own streams, which are the measure of what consumers can
 * read. What is inflated here, those inflate too, and to the same bytes.
 *
 * <p>Not thread-safe; reused.
 */
final class BatchInflation {
    /** What a producer's max.request.size lets it put into a batch; a second-level cache holds it too. */
    static final int MOST_BYTES = 1 << 20;

    private static final int LZ4 = 3;
    private static final int ZSTD = 4;

    private @Nullable ByteBuffer kept;
    private @Nullable ZstdDecompressCtx zstd;

    /** The inflated records of {@code batch}, from index 0 to the limit, at most {@code limit} bytes; or null. */
    @Nullable
    ByteBuffer inflate(BatchView batch, long limit) {
        int start = batch.recordsStart();
        int end = batch.end();
        boolean known = batch.codec() == LZ4 || batch.codec() == ZSTD;
        if (!known || !batch.buffer().isDirect() || end - start > MOST_BYTES / 2) {
            return null;
        }
        ByteBuffer target = target();
        int room = (int) Math.min(limit, MOST_BYTES);
        try {
            int size = batch.codec() == LZ4
                    ? Lz4Frame.inflate(batch.buffer(), start, end, target, room)
                    : inflateZstd(batch.buffer().duplicate().limit(end).position(start), target.limit(room));
            return size < 0 ? null : target.limit(size);
        } catch (LZ4Exception | ZstdException e) {
            return null;
        }
    }

    private ByteBuffer target() {
        ByteBuffer target = kept;
        if (target == null) {
            target = ByteBuffer.allocateDirect(MOST_BYTES);
            kept = target;
        }
        return target.clear();
    }

    /**
     * Gives the inflated size, or -1 if the last frame is not whole or does not fit. By zstd's call for streams, which refuses
     * frames that need a window of more than 128 MiB; its call for whole buffers takes them, but no consumer's stream does.
     */
    private int inflateZstd(ByteBuffer bytes, ByteBuffer target) {
        ZstdDecompressCtx context = zstd;
        if (context == null) {
            context = new ZstdDecompressCtx();
            zstd = context;
        }
        context.reset();
        boolean whole = false;
        while (bytes.hasRemaining()) {
            if (!target.hasRemaining()) {
                return -1;
            }
            whole = context.decompressDirectByteBufferStream(target, bytes);
        }
        return whole ? target.position() : -1;
    }

    /**
     * A frame as the LZ4 Frame Format 1.6 describes it, without checksums of blocks or content, and without its size:
     *
     * <pre>
     *   magic 4 | flags 1 = 0x60 | block size code 1 | hash of these two 1 | block ... | 0 4
     *   block: length 4, its top bit set if what follows is not compressed | bytes
     * </pre>
     *
     * Numbers are little-endian. Bytes behind the frame mean nothing, as in Kafka.
     */
    private static final class Lz4Frame {
        private static final int HEADER_BYTES = 7;
        private static final int MAGIC = 0x184D2204;
        private static final int VERSION_1_AND_INDEPENDENT_BLOCKS = 0x60;
        private static final int SMALLEST_CODE = 4;
        private static final LZ4SafeDecompressor CODEC =
                LZ4Factory.fastestInstance().safeDecompressor();
        /** By code of the block size, from {@link #SMALLEST_CODE} on. */
        private static final byte[] HASHES = hashes();

        private static byte[] hashes() {
            XXHash32 hash = XXHashFactory.fastestInstance().hash32();
            byte[] hashes = new byte[4];
            for (int i = 0; i < hashes.length; i++) {
                byte[] flags = {VERSION_1_AND_INDEPENDENT_BLOCKS, (byte) ((SMALLEST_CODE + i) << 4)};
                hashes[i] = (byte) (hash.hash(flags, 0, flags.length, 0) >> 8);
            }
            return hashes;
        }

        /** Gives the inflated size, or -1 for a frame of another kind, or a larger one. */
        static int inflate(ByteBuffer bytes, int start, int end, ByteBuffer target, int room) {
            int mostBytes = mostBytesOfBlock(bytes, start, end);
            int size = 0;
            int at = start + HEADER_BYTES;
            while (mostBytes > 0 && end - at >= 4) {
                int word = Integer.reverseBytes(bytes.getInt(at));
                at += 4;
                int length = word & Integer.MAX_VALUE;
                if (length == 0) {
                    return size;
                }
                boolean plain = word < 0;
                if (length > Math.min(mostBytes, end - at) || (plain && length > room - size)) {
                    return -1;
                }
                if (plain) {
                    target.put(size, bytes, at, length);
                    size += length;
                } else {
                    size += CODEC.decompress(bytes, at, length, target, size, Math.min(mostBytes, room - size));
                }
                at += length;
            }
            return -1;
        }

        private static int mostBytesOfBlock(ByteBuffer bytes, int start, int end) {
            if (end - start < HEADER_BYTES
                    || Integer.reverseBytes(bytes.getInt(start)) != MAGIC
                    || bytes.get(start + 4) != VERSION_1_AND_INDEPENDENT_BLOCKS) {
                return -1;
            }
            int code = (bytes.get(start + 5) >> 4) - SMALLEST_CODE;
            boolean known = code >= 0 && (bytes.get(start + 5) & 0xf) == 0 && bytes.get(start + 6) == HASHES[code];
            return known ? 1 << (16 + 2 * code) : -1;
        }
    }
}
