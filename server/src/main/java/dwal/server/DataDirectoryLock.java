package dwal.server;

import dwal.environment.Disk;
import dwal.environment.FileTrouble;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a data directory for one process: the lock file that Kafka uses too, so that neither can start on the other's
 * directory while that runs. Held by the node from start to stop, and shared by those who read the files meanwhile; any
 * thread.
 */
public final class DataDirectoryLock implements AutoCloseable {
    private static final String LOCK_FILE = ".lock";

    private final FileChannel channel;

    private DataDirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes {@code directory} if it is not there, and locks it.
     *
     * @throws IOException with a message that says what is in the way
     */
    public static DataDirectoryLock acquire(Path directory) throws IOException {
        try {
            Disk.system().createDirectoriesSafely(directory);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("Data directory " + directory + " is not a directory", e);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "Data directory " + directory + " cannot be made: the file system there takes no new directories",
                    e);
        } catch (IOException e) {
            throw new IOException("Data directory " + directory + " cannot be made: " + FileTrouble.reason(e), e);
        }
        return lock(
                directory,
                false,
                "stop that one, or choose another directory with --data",
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
    }

    /**
     * Keeps nodes from {@code directory} while others read it too. Makes nothing: empty where no node has ever run, as in
     * a copy.
     *
     * @throws IOException with a message that says what is in the way
     */
    public static Optional<DataDirectoryLock> acquireToRead(Path directory) throws IOException {
        return Files.exists(directory.resolve(LOCK_FILE))
                ? Optional.of(lock(directory, true, "stop that one first", StandardOpenOption.READ))
                : Optional.empty();
    }

    private static DataDirectoryLock lock(Path directory, boolean shared, String advice, OpenOption... open)
            throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory.resolve(LOCK_FILE), open);
        } catch (IOException e) {
            throw new IOException(
                    "Data directory " + directory + " cannot be " + (shared ? "read: " : "written to: ")
                            + FileTrouble.reason(e),
                    e);
        }
        try {
            if (tryLock(channel, shared) != null) {
                return new DataDirectoryLock(channel);
            }
        } catch (IOException e) {
            channel.close();
            throw new IOException("Data directory " + directory + " cannot be locked: " + FileTrouble.reason(e), e);
        }
        channel.close();
        throw new IOException("Data directory " + directory + " is in use by another process: " + advice);
    }

    private static @Nullable FileLock tryLock(FileChannel channel, boolean shared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
