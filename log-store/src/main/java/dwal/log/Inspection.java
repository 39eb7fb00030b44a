package dwal.log;

import dwal.environment.Disk;
import dwal.environment.FileTrouble;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Progress;
import dwal.log.LogInspector.Severity;
import dwal.log.LogInspector.Totals;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one inspection of logs has read and found so far, and who is told of it. One thread. */
final class Inspection {
    /** In place of a position or an offset: the finding is about a whole file. */
    static final long NOWHERE = -1;

    private final Disk disk;
    private final Consumer<Finding> findings;
    private final Progress progress;
    private final @Nullable LogDump dump;

    private long bytesTotal;
    private long bytesDone;
    private long segmentFrom;
    private int partitions;
    private int segments;
    private long batches;
    private long records;
    private int damaged;
    private int unreadable;

    /** @param dump told of each good batch, if somebody wants to see them */
    Inspection(Disk disk, Consumer<Finding> findings, Progress progress, @Nullable LogDump dump) {
        this.disk = disk;
        this.findings = findings;
        this.progress = progress;
        this.dump = dump;
    }

    Disk disk() {
        return disk;
    }

    /** {@code segment} is going to be read. */
    void expect(Path segment) {
        bytesTotal += sizeOf(segment);
    }

    void beginPartition() {
        partitions++;
    }

    void beginSegment() {
        segments++;
        segmentFrom = bytesDone;
    }

    /** A good batch lies at {@code position} of the segment. */
    void read(Path segment, BatchView batch, int position) {
        batches++;
        records += batch.recordCount();
        readTo(segment, position + batch.sizeInBytes());
        if (dump != null) {
            dump.batch(segment, batch, position);
        }
    }

    void endSegment(Path segment) {
        readTo(segment, sizeOf(segment));
    }

    private void readTo(Path segment, long position) {
        bytesDone = segmentFrom + position;
        progress.at(bytesDone, bytesTotal, segment);
    }

    /** 0 if that cannot be told. */
    private long sizeOf(Path segment) {
        try {
            return disk.size(segment);
        } catch (IOException e) {
            return 0; // whoever opens it says so
        }
    }

    /** Something worth knowing. */
    void note(Path file, long position, long offset, String what) {
        findings.accept(new Finding(Severity.NOTE, file, position, offset, what));
    }

    /** Something that was written is not there, or not right. */
    void damage(Path file, long position, long offset, String what) {
        damaged++;
        findings.accept(new Finding(Severity.DAMAGE, file, position, offset, what));
    }

    /** {@code file} could not be read for {@code why}: damage, unless it is only that whoever looks may not. */
    void cannotRead(Path file, long position, long offset, IOException why) {
        String what = "cannot be read: " + FileTrouble.reason(why);
        if (FileTrouble.isDenied(why)) {
            unreadable++;
            findings.accept(new Finding(Severity.UNREADABLE, file, position, offset, what));
        } else {
            damage(file, position, offset, what);
        }
    }

    Totals totals() {
        return new Totals(partitions, segments, batches, records, bytesDone, damaged, unreadable);
    }
}
