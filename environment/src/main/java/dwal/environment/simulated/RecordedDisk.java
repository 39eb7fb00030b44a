package dwal.environment.simulated;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that records what is done to it, and can tell what would be left had the process been killed, or the
 * machine lost its power, at any point. Any thread.
 */
public final class RecordedDisk implements Disk {
    private final List<DiskOperation> operations = new ArrayList<>();
    private final DiskImage image = new DiskImage();
    private int files;
    private long usableBytes = 1L << 40;
    private boolean syncsFail;

    /** An empty disk. */
    public RecordedDisk() {}

    private RecordedDisk(Map<Path, byte[]> contents) {
        contents.forEach((path, bytes) -> {
            for (Path up = path.getParent(); up != null; up = up.getParent()) {
                apply(new DiskOperation.MakeDirectory(up));
                if (up.getParent() != null) {
                    apply(new DiskOperation.SyncDirectory(up.getParent()));
                }
            }
            int file = files++;
            apply(new DiskOperation.Create(path, file));
            apply(new DiskOperation.Write(file, 0, bytes));
            apply(new DiskOperation.Sync(file));
            Path parent = path.getParent();
            if (parent != null) {
                apply(new DiskOperation.SyncDirectory(parent));
            }
        });
    }

    /** How many operations there have been. */
    public synchronized int operations() {
        return operations.size();
    }

    /** Sets how much room {@link #usableBytes} tells of. */
    public synchronized void setUsableBytes(long bytes) {
        usableBytes = bytes;
    }

    /** The disk as a kill -9 after the first {@code count} operations leaves it. */
    public synchronized RecordedDisk killedAfter(int count) {
        return new RecordedDisk(imageAfter(count).asSeen());
    }

    /** The disk as a loss of power now may leave it, with bits that have flipped; see {@link #powerLostAfter}. */
    public synchronized RecordedDisk powerLostNow(Random random) {
        return new RecordedDisk(image.afterPowerLoss(random));
    }

    /** Flips a bit of what the disk holds of {@code path}; that is no operation of anybody. */
    public synchronized void flip(Path path, long bit) {
        DiskImage.File file = image.named(path);
        if (file == null || bit / 8 >= file.size) {
            throw new AssertionError(path + " has no bit " + bit);
        }
        file.flip(bit);
    }

    /** Loses all that is in {@code directory}, and the directory; that is no operation of anybody. */
    public synchronized void lose(Path directory) {
        image.lose(directory);
    }

    /**
     * Whether syncs fail from now on. One that fails loses what it was to make safe: programs see it, and a later sync, which
     * may succeed, knows nothing of it.
     */
    public synchronized void setSyncsFail(boolean fail) {
        syncsFail = fail;
    }

    /**
     * As {@link #killedAfter}, but the operation behind those was under way: if it is a write, only its first bytes, as
     * many as {@code random} says, are there.
     */
    public synchronized RecordedDisk killedDuring(int count, Random random) {
        DiskImage left = imageAfter(count);
        if (count < operations.size() && operations.get(count) instanceof DiskOperation.Write write) {
            int some = random.nextInt(write.bytes().length + 1);
            left.file(write.file()).write(write.position(), write.bytes(), 0, some);
        }
        return new RecordedDisk(left.asSeen());
    }

    /**
     * The disk as a loss of power after the first {@code count} operations may leave it: what was synced is there; of the
     * rest some pages are newer than others, as {@code random} says.
     */
    public synchronized RecordedDisk powerLostAfter(int count, Random random) {
        return new RecordedDisk(imageAfter(count).afterPowerLoss(random));
    }

    private DiskImage imageAfter(int count) {
        DiskImage past = new DiskImage();
        operations.subList(0, count).forEach(past::apply);
        return past;
    }

    private void apply(DiskOperation operation) {
        operations.add(operation);
        image.apply(operation);
    }

    @Override
    public synchronized DiskFile open(Path path) throws IOException {
        DiskImage.File there = image.named(path);
        if (there == null) {
            if (path.getParent() != null && !exists(path.getParent())) {
                throw new NoSuchFileException(path.toString());
            }
            int file = files++;
            apply(new DiskOperation.Create(path, file));
            return new OpenFile(path, file);
        }
        return new OpenFile(path, there.number);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        return new ArrayList<>(image.in(directory));
    }

    @Override
    public synchronized boolean exists(Path path) {
        return image.named(path) != null || image.hasDirectory(path);
    }

    @Override
    public synchronized long size(Path path) throws IOException {
        DiskImage.File file = image.named(path);
        if (file == null) {
            throw new NoSuchFileException(path.toString());
        }
        return file.size;
    }

    /** It has no clock: 0. */
    @Override
    public synchronized long lastModifiedMs(Path path) throws IOException {
        if (!exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        return 0;
    }

    @Override
    public synchronized void createDirectories(Path directory) {
        Path above = directory.getParent();
        if (!image.hasDirectory(directory)) {
            if (above != null) {
                createDirectories(above);
            }
            apply(new DiskOperation.MakeDirectory(directory));
        }
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        if (!list(path).isEmpty()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        if (exists(path)) {
            apply(new DiskOperation.Delete(path));
        }
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        if (!exists(from)) {
            throw new NoSuchFileException(from.toString());
        }
        apply(new DiskOperation.Rename(from, to));
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        if (!image.hasDirectory(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        apply(new DiskOperation.SyncDirectory(directory));
    }

    @Override
    public synchronized long usableBytes(Path path) {
        return usableBytes;
    }

    @Override
    public long totalBytes(Path path) {
        return 1L << 40;
    }

    /** An open file: stays good when its name goes. */
    private final class OpenFile implements DiskFile {
        private final Path path;
        private final int file;

        OpenFile(Path path, int file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public Path path() {
            return path;
        }

        @Override
        public long size() {
            synchronized (RecordedDisk.this) {
                return image.file(file).size;
            }
        }

        @Override
        public void write(ByteBuffer source, long position) {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            synchronized (RecordedDisk.this) {
                apply(new DiskOperation.Write(file, position, bytes));
            }
        }

        @Override
        public int read(ByteBuffer target, long position) {
            synchronized (RecordedDisk.this) {
                DiskImage.File source = image.file(file);
                int length = (int) Math.max(0, Math.min(target.remaining(), source.size - position));
                target.put(source.bytes, (int) Math.min(position, source.size), length);
                return length;
            }
        }

        @Override
        public void truncate(long size) {
            synchronized (RecordedDisk.this) {
                if (size < image.file(file).size) {
                    apply(new DiskOperation.Truncate(file, size));
                }
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (RecordedDisk.this) {
                if (syncsFail) {
                    apply(new DiskOperation.FailedSync(file));
                    throw new IOException("Input/output error");
                }
                apply(new DiskOperation.Sync(file));
            }
        }

        @Override
        public @Nullable FileChannel channel() {
            return null;
        }

        @Override
        public void close() {}
    }
}
