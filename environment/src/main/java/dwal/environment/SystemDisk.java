package dwal.environment;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The file system of the machine, through file channels; any thread. */
enum SystemDisk implements Disk {
    INSTANCE;

    @Override
    public DiskFile open(Path file) throws IOException {
        return new SystemFile(
                file, channel(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE));
    }

    private static FileChannel channel(Path path, OpenOption... options) throws IOException {
        try {
            return FileChannel.open(path, options);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new NotOpenedException(path, e);
        }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public long lastModifiedMs(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toMillis();
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = channel(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public boolean reserve(Path file, long position, long bytes) {
        return Preallocation.reserve(file, position, bytes);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return oneOf(path, File::getUsableSpace);
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return oneOf(path, File::getTotalSpace);
    }

    /** Not of a {@link java.nio.file.FileStore}: for that the table of all mounts is read, which is long where containers run. */
    private static long oneOf(Path path, ToLongFunction<File> figure) throws IOException {
        long bytes = figure.applyAsLong(path.toFile());
        if (bytes == 0 && !Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        return bytes;
    }

    /** One open file; the caller orders the calls. */
    private record SystemFile(Path path, FileChannel channel) implements DiskFile {

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            while (source.hasRemaining()) {
                position += channel.write(source, position);
            }
        }

        @Override
        public void reserve(long position, long bytes) {
            Preallocation.reserve(path, position, bytes);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            while (target.hasRemaining()) {
                int read = channel.read(target, position + total);
                if (read < 0) {
                    break;
                }
                total += read;
            }
            return total;
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
            if (channel.size() == size) {
                Preallocation.giveBack(path, size);
            }
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
