package dwal.environment;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Some room on the disk of a data directory that nobody else can take, in the file {@code spare-room}, which is empty but has
 * blocks. On a full disk it is given up for what must be written nevertheless, and taken back afterwards, as much of it as is
 * left. Any thread that may block.
 *
 * <p>There is none where the file system cannot reserve blocks. And what is given up is anybody's until it is used: another
 * process that writes in that very moment can take it.
 */
public final class SpareRoom {
    private static final Logger LOG = LoggerFactory.getLogger(SpareRoom.class);
    private static final String NAME = "spare-room";
    private static final long MOST_BYTES = 4L << 20;
    /** Of a small disk only this part. */
    private static final int PART = 128;

    private static final int STEPS = 16;

    private final Disk disk;
    private final Path directory;
    private final Path file;

    /** That of {@code directory}. Nothing is taken before {@link #keep}. */
    public SpareRoom(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
        this.file = directory.resolve(NAME);
    }

    /** Takes what is missing of it, if that is to be had now. */
    public synchronized void keep() {
        try {
            takeInSteps();
        } catch (IOException e) {
            LOG.debug("No spare room is kept in {} now", directory, e);
        }
    }

    /** So that on a full disk it gets what is left. */
    private void takeInSteps() throws IOException {
        long step = bytes() / STEPS;
        disk.open(file).close();
        for (int i = 0; i < STEPS; i++) {
            if (!disk.reserve(file, i * step, step)) {
                return;
            }
        }
    }

    /** Gives it up for a start on a full disk. */
    public void giveUpForStart() {
        try {
            if (giveUpWhereFull()) {
                LOG.warn("The disk of {} is full: the node starts in the room that it has kept for that", directory);
            }
        } catch (IOException e) {
            LOG.warn("The room that {} has kept for a start on a full disk stays: {}", directory, e.toString());
        }
    }

    /** Whether the disk is so full that what must be written needs this room. */
    public boolean isNeeded() {
        try {
            return isFull();
        } catch (IOException e) {
            return false; // the write that comes is what tells of trouble
        }
    }

    private boolean isFull() throws IOException {
        return disk.usableBytes(directory) < bytes();
    }

    /** Gives it up if the disk has less than that free; whether there was any. */
    synchronized boolean giveUpWhereFull() throws IOException {
        if (!disk.exists(file) || !isFull()) {
            return false;
        }
        disk.delete(file);
        // Without, a file system with a journal would have the blocks some seconds later only.
        disk.syncDirectory(directory);
        return true;
    }

    /** Does {@code work}, for which this room is given up on a full disk. */
    public void use(Runnable work) {
        boolean gaveUp = false;
        try {
            gaveUp = giveUpWhereFull();
        } catch (IOException e) {
            LOG.debug("The spare room in {} could not be given up", directory, e);
        }
        try {
            work.run();
        } finally {
            if (gaveUp) {
                keep();
            }
        }
    }

    private long bytes() throws IOException {
        return Math.min(MOST_BYTES, disk.totalBytes(directory) / PART);
    }
}
