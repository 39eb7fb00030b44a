package dwal.protocol;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/**
 * Record batches on their way out, where they lie: in files, to be sent without a copy, or in memory. May stand wherever
 * a response has records.
 *
 * <p>Holds the files open until {@link #release}, which whoever sends it (or decides not to) calls exactly once. Any
 * thread, one at a time.
 */
public interface RecordsSlice extends BaseRecords {

    /** A stretch of bytes of one slice. */
    sealed interface Part {
        /** Its length in bytes, more than 0. */
        int length();
    }

    /** Bytes of a file, from {@code position} on. */
    record FilePart(FileChannel channel, long position, int length) implements Part {}

    /** Bytes in memory: those that remain in {@code bytes}, which nobody changes. */
    record MemoryPart(ByteBuffer bytes) implements Part {
        @Override
        public int length() {
            return bytes.remaining();
        }
    }

    /** The bytes, in order; their lengths add up to {@link #sizeInBytes}. */
    List<Part> parts();

    /** Lets go of the files. */
    void release();

    @Override
    default RecordsSend<? extends BaseRecords> toSend() {
        throw new AssertionError("slices are written by the response encoder, not by Kafka's network layer");
    }
}
