package dwal.environment.simulated;

import java.nio.file.Path;

/** One thing that was done to a {@link RecordedDisk}. Files have numbers, for names change. */
sealed interface DiskOperation {

    /** A new, empty file. */
    record Create(Path path, int file) implements DiskOperation {}

    /** Bytes written; nobody changes the array. */
    @SuppressWarnings("ArrayRecordComponent") // replayed, never compared
    record Write(int file, long position, byte[] bytes) implements DiskOperation {}

    record Truncate(int file, long size) implements DiskOperation {}

    record Sync(int file) implements DiskOperation {}

    /** A sync that failed: the system has let go of what it could not write, and takes it for written. */
    record FailedSync(int file) implements DiskOperation {}

    record Rename(Path from, Path to) implements DiskOperation {}

    record Delete(Path path) implements DiskOperation {}

    record MakeDirectory(Path path) implements DiskOperation {}

    record SyncDirectory(Path path) implements DiskOperation {}
}
