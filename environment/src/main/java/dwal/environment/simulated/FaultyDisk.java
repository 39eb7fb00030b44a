package dwal.environment.simulated;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.environment.NotOpenedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A disk whose writes and syncs fail when the test says so, and that a process can die in the middle of using; else it is
 * the disk behind it. Any thread.
 */
public final class FaultyDisk implements Disk {
    private final Disk disk;
    private volatile boolean syncsFail;
    private volatile boolean full;
    private volatile boolean nothingCanBeOpened;
    private volatile boolean roomUnknown;
    private volatile @Nullable Path faultyBelow;
    private volatile @Nullable Path denied;
    private volatile long usableBytes = -1;
    private volatile boolean failedSyncsHidden;
    private volatile boolean failedWritesHidden;
    private volatile boolean zerosBeginTooEarly;
    private volatile @Nullable Death death;

    /** How many changes come before it, what then happens, and how much of the last change is done. */
    private static final class Death {
        private final AtomicInteger left;
        private final Random random;
        private final Runnable then;

        Death(int left, Random random, Runnable then) {
            this.left = new AtomicInteger(left);
            this.random = random;
            this.then = then;
        }
    }

    /** A disk that does what {@code disk} does, for now. */
    public FaultyDisk(Disk disk) {
        this.disk = disk;
    }

    /**
     * The process that uses this disk dies in the middle of its {@code count}-th change from now, of which as much is done as
     * {@code random} says: {@code then} is called, and after that nothing changes the disk any more.
     */
    public void dieDuring(int count, Random random, Runnable then) {
        death = new Death(count, random, then);
    }

    private interface Change {
        void make() throws IOException;
    }

    private void change(Change whole) throws IOException {
        change(whole, random -> {
            if (random.nextBoolean()) {
                whole.make();
            }
        });
    }

    private interface PartOfChange {
        void make(Random random) throws IOException;
    }

    private void change(Change whole, PartOfChange part) throws IOException {
        Death coming = death;
        if (coming == null) {
            whole.make();
            return;
        }
        int left = coming.left.decrementAndGet();
        if (left > 0) {
            whole.make();
            return;
        }
        if (left == 0) {
            part.make(coming.random);
            coming.then.run();
        }
        throw new IOException("the process is dead");
    }

    /** Whether syncs fail from now on. */
    public void setSyncsFail(boolean fail) {
        syncsFail = fail;
    }

    /** Whether syncs, and writes to the full disk, only seem to work when they fail: as if the program ignored that. */
    public void setFailuresHidden(boolean ofSyncs, boolean ofWrites) {
        failedSyncsHidden = ofSyncs;
        failedWritesHidden = ofWrites;
    }

    /** Whether a write of zeros alone wipes out as many bytes before it: as if the program did not know where its data ends. */
    public void setZerosBeginTooEarly(boolean tooEarly) {
        zerosBeginTooEarly = tooEarly;
    }

    /** Whether writes fail from now on, after the first half of their bytes, as on a full disk. */
    public void setFull(boolean full) {
        this.full = full;
    }

    /** Whether nothing can be opened from now on, as in a process that has as many files open as it may have. */
    public void setNothingCanBeOpened(boolean none) {
        nothingCanBeOpened = none;
    }

    /** The file that may not be opened from now on, for lack of permission. */
    public void setDenied(Path file) {
        denied = file;
    }

    private void mayOpen(Path path) throws IOException {
        if (path.equals(denied)) {
            throw new NotOpenedException(path, new AccessDeniedException(path.toString()));
        }
        if (nothingCanBeOpened) {
            throw new NotOpenedException(path, new IOException("Too many open files"));
        }
    }

    /**
     * Looking for files in {@code directory}, opening and writing them, throws from now on what no disk does: as if the program had a
     * fault. Null: nowhere.
     */
    public void setFaultyBelow(@Nullable Path directory) {
        faultyBelow = directory;
    }

    private void mayWork(Path path) {
        Path below = faultyBelow;
        if (below != null && path.startsWith(below)) {
            throw new IllegalStateException("a fault that the test asked for");
        }
    }

    /** Whether nobody can say from now on how much room there is. */
    public void setRoomUnknown(boolean unknown) {
        roomUnknown = unknown;
    }

    /** What {@link #usableBytes} tells; -1: the truth. */
    public void setUsableBytes(long bytes) {
        usableBytes = bytes;
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        mayWork(file);
        mayOpen(file);
        if (!disk.exists(file)) {
            change(() -> disk.open(file).close());
        }
        return new FaultyFile(disk.open(file));
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        mayWork(directory);
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        mayWork(path);
        return disk.exists(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return disk.size(file);
    }

    @Override
    public long lastModifiedMs(Path file) throws IOException {
        return disk.lastModifiedMs(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        change(() -> disk.createDirectories(directory));
    }

    @Override
    public void delete(Path path) throws IOException {
        change(() -> disk.delete(path));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        change(() -> disk.rename(from, to));
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        mayOpen(directory);
        change(() -> disk.syncDirectory(directory));
    }

    @Override
    public boolean reserve(Path file, long position, long bytes) {
        return disk.reserve(file, position, bytes);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        if (roomUnknown) {
            throw new IOException("/proc/mounts: Too many open files");
        }
        long told = usableBytes;
        return told >= 0 ? told : disk.usableBytes(path);
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return disk.totalBytes(path);
    }

    /** A file of it. */
    private final class FaultyFile implements DiskFile {
        private final DiskFile file;

        FaultyFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            mayWork(path());
            if (full) {
                write(source, source.remaining() / 2, position);
                if (failedWritesHidden) {
                    return;
                }
                throw new IOException("No space left on device");
            }
            change(
                    () -> wholly(source, position),
                    random -> write(source, random.nextInt(source.remaining() + 1), position));
        }

        private void wholly(ByteBuffer source, long position) throws IOException {
            if (zerosBeginTooEarly && isZeros(source)) {
                int before = (int) Math.min(position, source.remaining());
                write(source, before, position - before);
            }
            file.write(source, position);
        }

        private static boolean isZeros(ByteBuffer source) {
            return source.mismatch(ByteBuffer.allocate(source.remaining())) < 0;
        }

        private void write(ByteBuffer source, int bytes, long position) throws IOException {
            ByteBuffer first = source.duplicate();
            file.write(first.limit(first.position() + bytes), position);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void truncate(long size) throws IOException {
            change(() -> file.truncate(size));
        }

        @Override
        public void sync() throws IOException {
            if (syncsFail) {
                throw new IOException("Input/output error");
            }
            try {
                change(file::sync);
            } catch (IOException e) {
                if (!failedSyncsHidden) {
                    throw e;
                }
            }
        }

        @Override
        public @Nullable FileChannel channel() {
            return file.channel();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
