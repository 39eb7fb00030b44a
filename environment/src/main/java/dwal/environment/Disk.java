package dwal.environment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The file system as a log sees it. Any thread may call; calls on one file are ordered by the caller.
 *
 * <p>What the real disk promises and the simulated one keeps to the letter: data written is readable at once; it outlives
 * a crash of the machine only after {@link DiskFile#sync}; a file or directory that was created, renamed or deleted outlives it
 * only after {@link #syncDirectory} on its folder.
 */
public interface Disk {

    /** Opens {@code file} for reading and writing; makes it when absent. {@link NotOpenedException} if that does not work. */
    DiskFile open(Path file) throws IOException;

    /** The names in {@code directory}, in no order; empty when it does not exist. */
    List<Path> list(Path directory) throws IOException;

    /** Whether a file or directory is there. */
    boolean exists(Path path);

    /** Size of {@code file} in bytes, without opening it. */
    long size(Path file) throws IOException;

    /** When {@code file} was last written to, or cut, in ms since 1970; a loss of power may leave another time. */
    long lastModifiedMs(Path file) throws IOException;

    /** Makes the directory and those above it. */
    void createDirectories(Path directory) throws IOException;

    /**
     * As {@link #createDirectories}, and what it makes outlives a crash when this returns; but not in a directory that may be
     * written to and not read.
     */
    default void createDirectoriesSafely(Path directory) throws IOException {
        Deque<Path> parents = new ArrayDeque<>();
        Path above = directory.toAbsolutePath();
        while (above != null && !exists(above)) {
            above = above.getParent();
            if (above != null) {
                parents.push(above);
            }
        }
        createDirectories(directory);
        for (Path parent : parents) {
            try {
                syncDirectory(parent);
            } catch (NotOpenedException e) {
                // Nothing but a loss of power within seconds could tell.
            }
        }
    }

    /** Deletes a file or an empty directory; no error when it is not there. */
    void delete(Path path) throws IOException;

    /** Renames atomically, replacing {@code to}. */
    void rename(Path from, Path to) throws IOException;

    /**
     * Makes creations, renames and deletions in {@code directory} outlive a crash.
     *
     * @throws NotOpenedException if it was not even tried
     */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Has blocks for {@code bytes} bytes from {@code position} on taken for {@code file}, which must be there, so that nobody
     * else can take them: writes there find room on a full disk, too. The file's size stays.
     *
     * @return whether they are there now; false where the system cannot do that, and where there is no room
     */
    default boolean reserve(Path file, long position, long bytes) {
        return false;
    }

    /** Bytes that may still be written below {@code path}. */
    long usableBytes(Path path) throws IOException;

    /** Size of the file system that holds {@code path}, in bytes. */
    long totalBytes(Path path) throws IOException;

    /** The file system of the machine. */
    static Disk system() {
        return SystemDisk.INSTANCE;
    }
}
