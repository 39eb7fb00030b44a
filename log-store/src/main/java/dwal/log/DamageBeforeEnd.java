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
     *
     * @param syncedEnd how far the log is known to have been synced: it does not end before, unless it was cut and went on in a
     *     later epoch; 0 if that is not known
     * @param epoch that of the last batch before {@code syncedEnd}
     */
    public Optional<String> find(Path directory, long syncedEnd, int epoch) throws IOException {
        Found found = scan(directory);
        return Optional.ofNullable(
                found.damage() == null ? tooShort(directory, found, syncedEnd, epoch) : found.damage());
    }

    /** As {@link #find}, but only whether the log ends before {@code syncedEnd}: for who looks for other damage anyway. */
    public Optional<String> findMissingEnd(Path directory, long syncedEnd, int epoch) throws IOException {
        Found found = scan(directory);
        return found.damage() == null
                ? Optional.ofNullable(tooShort(directory, found, syncedEnd, epoch))
                : Optional.empty();
    }

    private static @Nullable String tooShort(Path directory, Found found, long syncedEnd, int epoch) {
        boolean wentOn = found.epoch() > epoch;
        if (found.endOffset() >= syncedEnd || wentOn) {
            return null;
        }
        Path place = found.file() == null ? directory : found.file();
        return place + " at position " + found.position() + " (offset " + found.endOffset()
                + "): the log ends here, but it was synced up to offset " + syncedEnd + " once";
    }

    /**
     * Where a scan has ended, and why.
     *
     * @param damage with its place; null if there is none
     * @param file null if there is no segment
     * @param epoch the latest of all batches, -1 if there is none
     */
    private record Found(@Nullable String damage, @Nullable Path file, int position, long endOffset, int epoch) {}

    private Found scan(Path directory) throws IOException {
        List<Long> bases = LogFiles.segments(disk, directory);
        var found = new Found(null, null, 0, 0, -1);
        for (int i = 0; i < bases.size() && found.damage() == null; i++) {
            Path path = directory.resolve(Segment.fileName(bases.get(i)));
            boolean isLast = i + 1 == bases.size();
            try (DiskFile file = disk.open(path)) {
                found = scan(path, file, bases.get(i), isLast ? -1 : bases.get(i + 1), found.epoch());
            }
        }
        return found;
    }

    /** {@code nextBase} is where the next segment begins, or -1 in the last one. */
    private static Found scan(Path path, DiskFile file, long base, long nextBase, int epochBefore) throws IOException {
        var scan = new SegmentScan(file);
        int[] epoch = {epochBefore};
        SegmentScan.End end =
                scan.run(0, base, true, (batch, at) -> epoch[0] = Math.max(epoch[0], batch.leaderEpoch()));
        String damage = damage(scan, end, nextBase);
        String told = damage == null
                ? null
                : path + " at position " + end.position() + " (offset " + end.nextOffset() + "): " + damage;
        return new Found(told, path, end.position(), end.nextOffset(), epoch[0]);
    }

    private static @Nullable String damage(SegmentScan scan, SegmentScan.End end, long nextBase) throws IOException {
        if (end.problem() != null) {
            String reason = scan.whyNoCrash(end, nextBase < 0);
            return reason == null ? null : end.problem() + "; " + reason;
        }
        return nextBase < 0 || end.nextOffset() == nextBase ? null : "the next segment begins with " + nextBase;
    }
}
