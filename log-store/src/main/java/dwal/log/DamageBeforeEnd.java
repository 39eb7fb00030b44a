package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a log that something else keeps in Kafka's format, without changing it, for damage that no crash can have left:
 * whoever opens such a log cuts it there, and with it what follows. Any thread; reads all of it.
 */
public final class DamageBeforeEnd {
    private final Disk disk;

    /** Of logs on {@code disk}. */
    public DamageBeforeEnd(Disk disk) {
        this.disk = disk;
    }

    /**
     * What is wrong in the segments in {@code directory}, with its place; empty if all is well, or if the last batch is
     * incomplete as after a crash.
     */
    public Optional<String> find(Path directory) throws IOException {
        List<Long> bases = LogFiles.segments(disk, directory);
        for (int i = 0; i < bases.size(); i++) {
            Path path = directory.resolve(Segment.fileName(bases.get(i)));
            boolean isLast = i + 1 == bases.size();
            try (DiskFile file = disk.open(path)) {
                String damage = damage(file, bases.get(i), isLast ? -1 : bases.get(i + 1));
                if (damage != null) {
                    return Optional.of(path + damage);
                }
            }
        }
        return Optional.empty();
    }

    /** {@code nextBase} is where the next segment begins, or -1 in the last one. */
    private static @Nullable String damage(DiskFile file, long base, long nextBase) throws IOException {
        var scan = new SegmentScan(file);
        SegmentScan.End end = scan.run(0, base, true, (batch, at) -> {});
        String where = " at position " + end.position() + " (offset " + end.nextOffset() + "): ";
        if (end.problem() != null) {
            String reason = scan.whyNoCrash(end, nextBase < 0);
            return reason == null ? null : where + end.problem() + "; " + reason;
        }
        return nextBase < 0 || end.nextOffset() == nextBase ? null : where + "the next segment begins with " + nextBase;
    }
}
