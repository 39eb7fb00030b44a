package dwal.log;

import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The file of one segment, opened when somebody needs it and closed when nobody does and the bound on open files asks for
 * it. Any thread; whoever takes it with {@link #acquire} gives it back with {@link #release}.
 *
 * <p>While it is open, the {@link OpenFiles} hold one more reference, so that it stays open between two uses.
 */
final class SegmentFile {
    private final Path path;
    private final OpenFiles openFiles;
    /** 0: closed. Else the users, plus one for {@link #openFiles}. */
    private final AtomicInteger references = new AtomicInteger();

    private volatile @Nullable DiskFile file;
    private volatile boolean deleted;

    SegmentFile(Path path, OpenFiles openFiles) {
        this.path = path;
        this.openFiles = openFiles;
    }

    Path path() {
        return path;
    }

    /** Opens the file if need be, and keeps it open until {@link #release}. */
    DiskFile acquire() throws IOException {
        return oneMore() ? opened() : openAndAcquire();
    }

    /** Takes a reference, if there is one already. */
    private boolean oneMore() {
        for (int seen = references.get(); seen > 0; seen = references.get()) {
            if (references.compareAndSet(seen, seen + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Only here the references leave 0, and only under this monitor. */
    private synchronized DiskFile openAndAcquire() throws IOException {
        if (oneMore()) {
            return opened();
        }
        if (deleted) {
            throw new NoSuchFileException(path.toString());
        }
        DiskFile opened = openFiles.disk().open(path);
        file = opened;
        references.set(2);
        openFiles.opened(this);
        return opened;
    }

    private DiskFile opened() {
        DiskFile opened = file;
        if (opened == null) {
            throw new AssertionError(path + " has references but no open file");
        }
        return opened;
    }

    /** Deletes the file; whoever has acquired it reads on, nobody can acquire it again. */
    void delete() throws IOException {
        letGo();
        openFiles.disk().delete(path);
    }

    /** The file is to be deleted by another: whoever has acquired it reads on, nobody can acquire it again. */
    void letGo() {
        synchronized (this) {
            deleted = true;
        }
        openFiles.letGo(this);
    }

    /** Gives back what {@link #acquire} gave. */
    void release() {
        int left = references.decrementAndGet();
        if (left == 0) {
            closeIfUnused();
        } else if (left < 0) {
            throw new AssertionError(path + " was released more often than acquired");
        }
    }

    private synchronized void closeIfUnused() {
        DiskFile opened = file;
        if (references.get() != 0 || opened == null) {
            return;
        }
        file = null;
        try {
            opened.close();
        } catch (IOException e) {
            openFiles.closeFailed(path, e);
        }
    }
}
