package dwal.server.simulation;

import dwal.environment.DiskFile;
import dwal.environment.simulated.RecordedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Flips a bit of what a node has on its disk. Of one that is down: anywhere in a whole batch, but for the four bytes of its
 * leader epoch, which nothing covers (see FlippedBitTest), or in {@code partition.metadata}. Of one that runs: the same, but for
 * base offsets and {@code partition.metadata}, since that is all that its readers can check.
 */
final class BitRot {
    private static final String SEGMENT = ".log";
    private static final String METADATA = "partition.metadata";
    private static final int LENGTH_AT = 8;
    private static final int LENGTH_END = 12;
    private static final int EPOCH_END = 16;
    private static final int CHECKED_FROM = 17;

    private record Stretch(Path file, int from, int to) {}

    private BitRot() {}

    /**
     * Gives the file of which a bit has flipped; null if there is nothing to flip.
     *
     * @param sparesTail whether the last batch of a log is left alone: a bit that flips there looks like an incomplete write
     * @param running whether a process is using the disk
     */
    static @Nullable Path flipOne(RecordedDisk disk, Path data, boolean sparesTail, boolean running, Random random) {
        try {
            List<Stretch> stretches = new ArrayList<>();
            for (Path directory : disk.list(data)) {
                List<Path> files = disk.list(directory);
                Collections.sort(files);
                int before = stretches.size();
                for (Path file : files) {
                    if (file.toString().endsWith(SEGMENT)) {
                        addBatches(disk, file, stretches);
                    }
                }
                if (sparesTail && stretches.size() > before) {
                    stretches.remove(stretches.size() - 1);
                }
                if (!running && stretches.size() > before && random.nextInt(8) == 0) {
                    Path metadata = directory.resolve(METADATA);
                    stretches.add(new Stretch(metadata, 0, (int) disk.size(metadata)));
                }
            }
            if (stretches.isEmpty()) {
                return null;
            }
            Stretch one = stretches.get(random.nextInt(stretches.size()));
            int at = one.from + random.nextInt(one.to - one.from);
            if (one.file.toString().endsWith(SEGMENT)) {
                boolean ofLength = running && random.nextInt(3) == 0; // which readers meet most
                int from = one.from + (running ? LENGTH_AT : 0);
                int to = ofLength ? one.from + LENGTH_END : one.to;
                do {
                    at = from + random.nextInt(to - from);
                } while (at >= one.from + LENGTH_END && at < one.from + EPOCH_END);
            }
            disk.flip(one.file, 8L * at + random.nextInt(8));
            return one.file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void addBatches(RecordedDisk disk, Path path, List<Stretch> found) throws IOException {
        try (DiskFile file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            bytes.flip();
            int at = 0;
            while (at + EPOCH_END < bytes.limit()) {
                int end = at + LENGTH_END + bytes.getInt(at + LENGTH_AT);
                if (end <= at + CHECKED_FROM || end > bytes.limit()) {
                    return;
                }
                found.add(new Stretch(path, at, end));
                at = end;
            }
        }
    }
}
