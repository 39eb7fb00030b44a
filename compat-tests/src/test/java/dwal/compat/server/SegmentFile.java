package dwal.compat.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What lies in a directory of a partition, Kafka's or dwal's. */
public final class SegmentFile {
    /** Of a batch: what its length does not count, and where that stands. */
    private static final int BATCH_OVERHEAD = 12;

    private static final int BATCH_LENGTH_AT = 8;

    private SegmentFile() {}

    /** The segments of a partition, in their order. */
    public static List<Path> in(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    /** The batches of a segment: without the zeros that dwal writes ahead of the end of a large one while it is in use. */
    public static byte[] batches(Path segment) throws IOException {
        byte[] file = Files.readAllBytes(segment);
        var bytes = ByteBuffer.wrap(file);
        int end = 0;
        while (end + BATCH_OVERHEAD <= file.length && bytes.getInt(end + BATCH_LENGTH_AT) > 0)
            end += BATCH_OVERHEAD + bytes.getInt(end + BATCH_LENGTH_AT);
        return Arrays.copyOf(file, Math.min(end, file.length));
    }
}
