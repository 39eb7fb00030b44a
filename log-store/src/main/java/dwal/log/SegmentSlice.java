package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.RecordsSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stretch of one segment on its way to a reader; keeps the segment's file open until released. */
final class SegmentSlice implements RecordsSlice {
    /** No records. */
    static final RecordsSlice EMPTY = new RecordsSlice() {
        @Override
        public List<Part> parts() {
            return List.of();
        }

        @Override
        public void release() {}

        @Override
        public int sizeInBytes() {
            return 0;
        }
    };

    private final Part part;
    private @Nullable SegmentFile held;

    private SegmentSlice(Part part, @Nullable SegmentFile held) {
        this.part = part;
        this.held = held;
    }

    /** The bytes of {@code file} from {@code position} on; takes over one reference to it. */
    static RecordsSlice of(SegmentFile file, DiskFile opened, int position, int length) throws IOException {
        FileChannel channel = opened.channel();
        if (channel != null) {
            return new SegmentSlice(new FilePart(channel, position, length), file);
        }
        try {
            ByteBuffer copy = ByteBuffer.allocate(length);
            opened.read(copy, position);
            return new SegmentSlice(new MemoryPart(copy.flip()), null);
        } finally {
            file.release();
        }
    }

    @Override
    public List<Part> parts() {
        return List.of(part);
    }

    @Override
    public int sizeInBytes() {
        return part.length();
    }

    @Override
    public void release() {
        SegmentFile file = held;
        held = null;
        if (file != null) {
            file.release();
        }
    }
}
