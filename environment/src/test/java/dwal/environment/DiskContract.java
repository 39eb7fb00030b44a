package dwal.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Disk} does, the real one and each simulated one. */
public abstract class DiskContract {
    private Disk disk;
    private Path folder;

    /** A disk, on which {@link #root} can be made. */
    protected abstract Disk newDisk();

    /** A directory that the test may have for itself. */
    protected abstract Path root();

    @BeforeEach
    void makeFolder() throws IOException {
        disk = newDisk();
        folder = root().resolve("folder");
        disk.createDirectories(folder);
    }

    @Test
    void openingMakesAnEmptyFile() throws IOException {
        Path path = folder.resolve("file");
        assertThat(disk.exists(path)).isFalse();
        try (DiskFile file = disk.open(path)) {
            assertThat(file.path()).isEqualTo(path);
            assertThat(file.size()).isZero();
            assertThat(text(file)).isEmpty();
        }
        assertThat(disk.exists(path)).isTrue();
        assertThat(disk.size(path)).isZero();
    }

    @Test
    void tellsWhenAFileWasChangedUnlessThereIsNone() throws IOException {
        Path path = folder.resolve("file");
        assertThatThrownBy(() -> disk.lastModifiedMs(path)).isInstanceOf(NoSuchFileException.class);
        disk.open(path).close();
        assertThat(disk.lastModifiedMs(path)).isNotNegative();
    }

    @Test
    void whatIsReservedIsNoPartOfTheFile() throws IOException {
        Path path = folder.resolve("file");
        try (DiskFile file = disk.open(path)) {
            write(file, 0, "abc");
            file.reserve(3, 1 << 20);
            assertThat(file.size()).isEqualTo(3);
            write(file, 3, "def");
            file.truncate(4);
            assertThat(text(file)).isEqualTo("abcd");
        }
    }

    @Test
    void openingKeepsWhatIsThereAndAllWhoOpenSeeTheSame() throws IOException {
        Path path = folder.resolve("file");
        try (DiskFile one = disk.open(path);
                DiskFile other = disk.open(path)) {
            write(one, 0, "abc");
            assertThat(text(other)).isEqualTo("abc");
            write(other, 1, "X");
            assertThat(text(one)).isEqualTo("aXc");
        }
        try (DiskFile again = disk.open(path)) {
            assertThat(text(again)).isEqualTo("aXc");
        }
    }

    @Test
    void aFileCannotBeMadeWhereThereIsNoDirectory() {
        assertThatThrownBy(() -> disk.open(folder.resolve("none/file")).close())
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void writesTakeAllThatRemainsAndAGapReadsAsZeros() throws IOException {
        try (DiskFile file = disk.open(folder.resolve("file"))) {
            ByteBuffer source = bytes("__abc_").position(2).limit(5);
            file.write(source, 3);
            assertThat(source.hasRemaining()).isFalse();
            assertThat(source.limit()).isEqualTo(5);
            assertThat(text(file)).isEqualTo("\0\0\0abc");
            file.write(bytes("xy").asReadOnlyBuffer(), 5);
            assertThat(text(file)).isEqualTo("\0\0\0abxy");
            file.write(direct("z"), 0);
            assertThat(text(file)).isEqualTo("z\0\0abxy");
        }
    }

    @Test
    void writtenBytesAreTheirOwnWhateverBecomesOfTheBuffer() throws IOException {
        try (DiskFile file = disk.open(folder.resolve("file"))) {
            ByteBuffer source = bytes("abc");
            file.write(source, 0);
            source.put(0, (byte) 'X');
            assertThat(text(file)).isEqualTo("abc");
        }
    }

    @Test
    void readsFillTheTargetOrEndWithTheFile() throws IOException {
        try (DiskFile file = disk.open(folder.resolve("file"))) {
            write(file, 0, "abcdef");
            ByteBuffer target = ByteBuffer.allocate(5).position(1).limit(4);
            assertThat(file.read(target, 2)).isEqualTo(3);
            assertThat(target.position()).isEqualTo(4);
            assertThat(new String(target.array(), StandardCharsets.UTF_8)).isEqualTo("\0cde\0");
            ByteBuffer more = ByteBuffer.allocateDirect(10);
            assertThat(file.read(more, 4)).isEqualTo(2);
            assertThat(more.position()).isEqualTo(2);
            assertThat(file.read(ByteBuffer.allocate(1), 6)).as("at the end").isZero();
            assertThat(file.read(ByteBuffer.allocate(1), 600)).as("behind it").isZero();
        }
    }

    @Test
    void truncatingCutsAndNeverGrows() throws IOException {
        try (DiskFile file = disk.open(folder.resolve("file"))) {
            write(file, 0, "abcdef");
            file.truncate(9);
            assertThat(file.size()).isEqualTo(6);
            file.truncate(2);
            assertThat(text(file)).isEqualTo("ab");
            assertThat(disk.size(folder.resolve("file"))).isEqualTo(2);
            write(file, 4, "X");
            assertThat(text(file)).as("what was cut is gone").isEqualTo("ab\0\0X");
        }
    }

    @Test
    void reservingBlocksAheadChangesNothingThatIsSeen() throws IOException {
        try (DiskFile file = disk.open(folder.resolve("file"))) {
            write(file, 0, "abc");
            file.reserve(3, 1 << 20);
            assertThat(text(file)).isEqualTo("abc");
            write(file, 3, "d");
            file.truncate(4);
            assertThat(text(file)).isEqualTo("abcd");
            assertThat(disk.size(folder.resolve("file"))).isEqualTo(4);
        }
    }

    @Test
    void listsTheNamesInADirectoryAndOnlyThose() throws IOException {
        disk.open(folder.resolve("file")).close();
        disk.createDirectories(folder.resolve("a/b"));
        disk.open(folder.resolve("a/inner")).close();
        assertThat(disk.list(folder)).containsExactlyInAnyOrder(folder.resolve("file"), folder.resolve("a"));
        assertThat(disk.list(folder.resolve("a")))
                .containsExactlyInAnyOrder(folder.resolve("a/b"), folder.resolve("a/inner"));
        assertThat(disk.list(folder.resolve("a/b"))).isEmpty();
        assertThat(disk.list(folder.resolve("none"))).isEmpty();
        assertThat(disk.list(folder.resolve("file"))).as("no directory").isEmpty();
    }

    @Test
    void directoriesAreMadeWithThoseAboveAndMayBeThere() throws IOException {
        disk.createDirectories(folder.resolve("a/b/c"));
        disk.createDirectories(folder.resolve("a/b"));
        assertThat(disk.exists(folder.resolve("a"))).isTrue();
        assertThat(disk.exists(folder.resolve("a/b/c"))).isTrue();
    }

    @Test
    void deletesFilesAndEmptyDirectoriesOnly() throws IOException {
        disk.createDirectories(folder.resolve("a"));
        disk.open(folder.resolve("a/file")).close();
        assertThatThrownBy(() -> disk.delete(folder.resolve("a"))).isInstanceOf(DirectoryNotEmptyException.class);
        disk.delete(folder.resolve("a/file"));
        assertThat(disk.exists(folder.resolve("a/file"))).isFalse();
        disk.delete(folder.resolve("a"));
        assertThat(disk.exists(folder.resolve("a"))).isFalse();
        disk.delete(folder.resolve("a"));
        assertThat(disk.list(folder)).isEmpty();
    }

    @Test
    void aDeletedFileIsReadOnByWhoHasItOpenAndANewOneOfItsNameIsEmpty() throws IOException {
        Path path = folder.resolve("file");
        try (DiskFile old = disk.open(path)) {
            write(old, 0, "old");
            disk.delete(path);
            try (DiskFile fresh = disk.open(path)) {
                assertThat(text(fresh)).isEmpty();
                write(fresh, 0, "new");
            }
            assertThat(text(old)).isEqualTo("old");
        }
    }

    @Test
    void renamingReplacesAndTheOpenFileGoesAlong() throws IOException {
        Path from = folder.resolve("from");
        Path to = folder.resolve("to");
        try (DiskFile target = disk.open(to)) {
            write(target, 0, "replaced");
        }
        try (DiskFile file = disk.open(from)) {
            write(file, 0, "a");
            disk.rename(from, to);
            write(file, 1, "b");
        }
        assertThat(disk.list(folder)).containsExactly(to);
        try (DiskFile file = disk.open(to)) {
            assertThat(text(file)).isEqualTo("ab");
        }
        assertThatThrownBy(() -> disk.rename(from, to)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatIsNotThereHasNoSizeAndCannotBeSynced() {
        assertThatThrownBy(() -> disk.size(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> disk.syncDirectory(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void syncsChangeNothingThatIsSeen() throws IOException {
        try (DiskFile file = disk.open(folder.resolve("file"))) {
            write(file, 0, "abc");
            file.sync();
            disk.syncDirectory(folder);
            assertThat(text(file)).isEqualTo("abc");
        }
    }

    @Test
    void hasRoom() throws IOException {
        assertThat(disk.usableBytes(folder)).isPositive().isLessThanOrEqualTo(disk.totalBytes(folder));
    }

    private static void write(DiskFile file, long position, String text) throws IOException {
        file.write(bytes(text), position);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer direct(String text) {
        ByteBuffer source = bytes(text);
        return ByteBuffer.allocateDirect(source.remaining()).put(source).flip();
    }

    private static String text(DiskFile file) throws IOException {
        ByteBuffer target = ByteBuffer.allocate((int) file.size());
        assertThat(file.read(target, 0)).isEqualTo(target.capacity());
        return new String(target.array(), StandardCharsets.UTF_8);
    }
}
