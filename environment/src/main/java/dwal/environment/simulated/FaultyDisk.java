package dwal.environment.simulated;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A disk whose writes and syncs fail when the test says so; else it is the disk behind it. Any thread. */
public final class FaultyDisk implements Disk {
    private final Disk disk;
    private volatile boolean syncsFail;
    private volatile boolean full;
    private volatile long usableBytes = -1;

    /** A disk that does what {@code disk} does, for now. */
    public FaultyDisk(Disk disk) {
        this.disk = disk;
    }

    /** Whether syncs fail from now on. */
    public void setSyncsFail(boolean fail) {
        syncsFail = fail;
    }

    /** Whether writes fail from now on, after the first half of their bytes, as on a full disk. */
    public void setFull(boolean full) {
        this.full = full;
    }

    /** What {@link #usableBytes} tells; -1: the truth. */
    public void setUsableBytes(long bytes) {
        usableBytes = bytes;
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new FaultyFile(disk.open(file));
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return disk.exists(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return disk.size(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        disk.syncDirectory(directory);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
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
            if (full) {
                ByteBuffer half = source.duplicate();
                half.limit(half.position() + half.remaining() / 2);
                file.write(half, position);
                throw new IOException("No space left on device");
            }
            file.write(source, position);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void sync() throws IOException {
            if (syncsFail) {
                throw new IOException("Input/output error");
            }
            file.sync();
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
