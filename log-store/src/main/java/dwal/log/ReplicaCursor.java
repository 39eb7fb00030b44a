package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the log in one partition directory, batch by batch, over all its segments. It ends where the log does, or
 * before the first batch that is not good or cannot be read. One thread; one file is open at a time.
 */
final class ReplicaCursor implements AutoCloseable {
    private final Disk disk;
    private final Path directory;
    private final Iterator<Long> bases;

    private @Nullable DiskFile file;
    private @Nullable SegmentScan scan;
    private @Nullable BatchView batch;
    private boolean begun;
    private long position;
    private long nextOffset;
    private long bytesDone;

    ReplicaCursor(Disk disk, Path directory) throws IOException {
        this.disk = disk;
        this.directory = directory;
        List<Long> segments = LogFiles.segments(disk, directory);
        this.bases = segments.iterator();
        batch = load();
    }

    Path directory() {
        return directory;
    }

    /** The batch where it stands, good until it moves on; null behind the last. */
    @Nullable
    BatchView batch() {
        return batch;
    }

    /** Where in which file that batch lies. */
    String place() {
        return (file == null ? directory : file.path()) + " at position " + position;
    }

    /** Whether it has moved on from its first batch: then the replica should have every offset until its end. */
    boolean hasBegun() {
        return begun;
    }

    /** The offset behind the last batch that it came past. */
    long nextOffset() {
        return nextOffset;
    }

    /** Bytes of all batches that it came past. */
    long bytesDone() {
        return bytesDone;
    }

    /** Moves on to the next batch. */
    void advance() throws IOException {
        BatchView passed = batch;
        if (passed == null) {
            throw new AssertionError(directory + ": there is nothing behind offset " + nextOffset);
        }
        begun = true;
        nextOffset = passed.nextOffset();
        position += passed.sizeInBytes();
        bytesDone += passed.sizeInBytes();
        batch = load();
    }

    private @Nullable BatchView load() throws IOException {
        try {
            return present();
        } catch (IOException e) {
            close(); // what cannot be read is told by LogInspector
            return null;
        }
    }

    /** The batch at the present position, or the first of the next segment. */
    private @Nullable BatchView present() throws IOException {
        while (true) {
            if (file != null && scan != null && position < file.size()) {
                return scan.goodBatchAt(position, nextOffset);
            }
            if (!bases.hasNext()) {
                return null;
            }
            open(bases.next());
        }
    }

    private void open(long base) throws IOException {
        close();
        Path path = directory.resolve(Segment.fileName(base));
        disk.size(path); // opening a link that leads nowhere would make the file
        DiskFile opened = disk.open(path);
        file = opened;
        scan = new SegmentScan(opened);
        position = 0;
        nextOffset = Math.max(nextOffset, base);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
