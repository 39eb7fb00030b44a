package dwal.environment.simulated;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a machine has of a disk: what programs see, and what a crash may leave. One thread.
 *
 * <p>Of each file it knows the bytes that the last sync made safe and the writes since; of the names, those of directories among
 * them, those that a sync of their directory made safe and the changes since. With a directory goes all that is in it.
 */
final class DiskImage {
    private static final int PAGE = 4096;
    private static final int SECTOR = 512;

    /** One file. */
    static final class File {
        final int number;
        byte[] bytes = {};
        int size;
        private byte[] safe = {};
        private final List<DiskOperation> unsafe = new ArrayList<>();
        /** Pages that programs see, but that a sync which failed has lost: no sync knows of them before they are written again. */
        private final BitSet lost = new BitSet();

        File(int number) {
            this.number = number;
        }

        void write(long position, byte[] source, int from, int to) {
            int end = (int) position + to;
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
            }
            System.arraycopy(source, from, bytes, (int) position + from, to - from);
            size = Math.max(size, end);
        }

        /** Of what programs see and of what is safe. */
        void flip(long bit) {
            int at = (int) (bit / 8);
            byte mask = (byte) (1 << bit % 8);
            bytes[at] ^= mask;
            if (at < safe.length) {
                safe[at] ^= mask;
            }
        }

        void truncate(int to) {
            if (to > bytes.length) {
                bytes = Arrays.copyOf(bytes, to);
            }
            if (to < size) {
                Arrays.fill(bytes, to, size, (byte) 0);
            }
            size = to;
        }
    }

    /** What is called how. */
    private record Names(Map<Path, File> files, Set<Path> directories) {
        Names() {
            this(new TreeMap<>(), new TreeSet<>());
        }

        Names copy() {
            return new Names(new TreeMap<>(files), new TreeSet<>(directories));
        }

        boolean reaches(Path path) {
            for (Path up = path.getParent(); up != null; up = up.getParent()) {
                if (up.getParent() != null && !directories.contains(up)) {
                    return false;
                }
            }
            return true;
        }

        /** Forgets {@code directory} and the files in it. */
        void lose(Path directory) {
            files.keySet().removeIf(path -> directory.equals(path.getParent()));
            directories.remove(directory);
        }
    }

    private final Names seen = new Names();
    private final Names safe = new Names();
    /** Changes of what is seen that are not safe. */
    private final List<DiskOperation> unsafeNames = new ArrayList<>();

    private final Map<Integer, File> files = new TreeMap<>();

    File file(int number) {
        File file = files.get(number);
        if (file == null) {
            throw new AssertionError("file " + number + " was never made");
        }
        return file;
    }

    void apply(DiskOperation operation) {
        if (operation instanceof DiskOperation.Create create) {
            File fresh = new File(create.file());
            files.put(create.file(), fresh);
            rename(operation);
        } else if (operation instanceof DiskOperation.Write write) {
            file(write.file()).write(write.position(), write.bytes(), 0, write.bytes().length);
            file(write.file()).unsafe.add(write);
            eachPage(write, file(write.file()).lost::clear);
        } else if (operation instanceof DiskOperation.Truncate cut) {
            file(cut.file()).truncate((int) cut.size());
            file(cut.file()).unsafe.add(cut);
        } else if (operation instanceof DiskOperation.Sync sync) {
            File file = file(sync.file());
            byte[] before = file.safe;
            file.safe = Arrays.copyOf(file.bytes, file.size);
            file.lost.stream().forEach(page -> restore(before, file.safe, page));
            file.unsafe.clear();
        } else if (operation instanceof DiskOperation.FailedSync sync) {
            File file = file(sync.file());
            for (DiskOperation one : file.unsafe) {
                if (one instanceof DiskOperation.Write write) {
                    eachPage(write, file.lost::set);
                }
            }
            file.unsafe.clear();
        } else if (operation instanceof DiskOperation.SyncDirectory sync) {
            unsafeNames.removeIf(one -> {
                boolean here = sync.path().equals(pathOf(one).getParent());
                if (here) {
                    rename(safe, one);
                }
                return here;
            });
        } else {
            rename(operation);
        }
    }

    private void rename(DiskOperation operation) {
        rename(seen, operation);
        unsafeNames.add(operation);
    }

    private static void eachPage(DiskOperation.Write write, IntConsumer task) {
        long end = write.position() + write.bytes().length;
        for (long page = write.position() / PAGE; page < (end + PAGE - 1) / PAGE; page++) {
            task.accept((int) page);
        }
    }

    /** Gives {@code after} what {@code page} had {@code before}; zeros if it had nothing. */
    private static void restore(byte[] before, byte[] after, int page) {
        int from = page * PAGE;
        int to = Math.min(after.length, from + PAGE);
        if (from < to) {
            Arrays.fill(after, from, to, (byte) 0);
            copy(before, after, from, to - from);
        }
    }

    private static Path pathOf(DiskOperation operation) {
        if (operation instanceof DiskOperation.Create create) {
            return create.path();
        }
        if (operation instanceof DiskOperation.Rename rename) {
            return rename.to();
        }
        if (operation instanceof DiskOperation.Delete delete) {
            return delete.path();
        }
        if (operation instanceof DiskOperation.MakeDirectory made) {
            return made.path();
        }
        throw new AssertionError(operation + " changes no name");
    }

    private void rename(Names where, DiskOperation operation) {
        if (operation instanceof DiskOperation.Create create) {
            where.files().put(create.path(), file(create.file()));
        } else if (operation instanceof DiskOperation.Rename rename) {
            File moved = where.files().remove(rename.from());
            if (moved != null) {
                where.files().put(rename.to(), moved);
            }
        } else if (operation instanceof DiskOperation.Delete delete) {
            where.files().remove(delete.path());
            where.directories().remove(delete.path());
        } else if (operation instanceof DiskOperation.MakeDirectory made) {
            where.directories().add(made.path());
        }
    }

    /** Forgets {@code directory} and the files in it, safe or not. */
    void lose(Path directory) {
        seen.lose(directory);
        safe.lose(directory);
        unsafeNames.removeIf(one -> directory.equals(pathOf(one).getParent()));
    }

    /** What is left after the machine lost its power: all that was safe, and of the rest what {@code random} says. */
    Map<Path, byte[]> afterPowerLoss(Random random) {
        Names left = safe.copy();
        int survived = random.nextInt(unsafeNames.size() + 1);
        for (DiskOperation operation : unsafeNames.subList(0, survived)) {
            rename(left, operation);
        }
        Map<Path, byte[]> contents = new TreeMap<>();
        left.files().forEach((path, file) -> {
            if (left.reaches(path)) {
                contents.put(path, remains(file, random));
            }
        });
        return contents;
    }

    /**
     * The system writes pages back when it likes, so each page is as it was after some of the writes; one page may have been
     * under way, then its first sectors are newer than the others.
     */
    private static byte[] remains(File file, Random random) {
        int count = file.unsafe.size();
        int manner = random.nextInt(3);
        int pages = (Math.max(file.safe.length, file.size) + PAGE - 1) / PAGE;
        byte[] left = new byte[pages * PAGE];
        int size = file.safe.length;
        int torn = random.nextInt(pages + 1);
        for (int page = 0; page < pages; page++) {
            int version = manner == 0 ? 0 : manner == 1 ? count : random.nextInt(count + 1);
            byte[] then = after(file, version);
            copy(then, left, page * PAGE, PAGE);
            if (then.length > page * PAGE) {
                size = Math.max(size, Math.min(then.length, (page + 1) * PAGE));
            }
            if (page == torn && version < count) {
                byte[] newer = after(file, version + 1);
                int sectors = random.nextInt(PAGE / SECTOR);
                copy(newer, left, page * PAGE, sectors * SECTOR);
            }
        }
        return Arrays.copyOf(left, size);
    }

    /** The file when the first {@code count} of what is not safe had been done to it. */
    private static byte[] after(File file, int count) {
        File then = new File(file.number);
        then.write(0, file.safe, 0, file.safe.length);
        for (DiskOperation operation : file.unsafe.subList(0, count)) {
            if (operation instanceof DiskOperation.Truncate cut) {
                then.truncate((int) cut.size());
            } else if (operation instanceof DiskOperation.Write write) {
                then.write(write.position(), write.bytes(), 0, write.bytes().length);
            }
        }
        return Arrays.copyOf(then.bytes, then.size);
    }

    private static void copy(byte[] from, byte[] to, int at, int length) {
        int end = Math.min(from.length, at + length);
        if (end > at) {
            System.arraycopy(from, at, to, at, end - at);
        }
    }

    /** What programs see now: what a killed process leaves. */
    Map<Path, byte[]> asSeen() {
        Map<Path, byte[]> contents = new TreeMap<>();
        seen.files().forEach((path, file) -> contents.put(path, Arrays.copyOf(file.bytes, file.size)));
        return contents;
    }

    @Nullable
    File named(Path path) {
        return seen.files().get(path);
    }

    boolean hasDirectory(Path path) {
        return seen.directories().contains(path);
    }

    /** The files and directories in {@code directory}. */
    List<Path> in(Path directory) {
        return Stream.concat(seen.files().keySet().stream(), seen.directories().stream())
                .filter(path -> directory.equals(path.getParent()))
                .toList();
    }
}
