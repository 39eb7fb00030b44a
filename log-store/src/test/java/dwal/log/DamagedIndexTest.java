package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bit of one of the files of the index is flipped, or a file is cut short or gone; then the log must be as it was, but for
 * its start when the node has told that the index was lost. {@code -Ddwal.index.flips} says how many bits.
 */
class DamagedIndexTest {
    private static final int FLIPS = Integer.getInteger("dwal.index.flips", 80);

    @TempDir
    Path temp;

    private final IndexedLog content = new IndexedLog();
    private Path original;
    private long start;

    @BeforeEach
    void write() throws IOException {
        original = Files.createDirectories(temp.resolve("original"));
        var random = new Random(1);
        var fixture = new LogFixture(Disk.system(), original);
        PartitionLog log = fixture.log(IndexedLog.SETTINGS);
        for (int i = 0; i < 120; i++) {
            content.append(log, random);
            if (i % 30 == 20) {
                fixture.advance(60_000);
            }
            fixture.runBlocking();
        }
        start = content.records() / 2;
        log.deleteRecordsBefore(start, outcome -> {});
        fixture.runBlocking();
        content.append(log, random);
        fixture.restart();
        fixture.close();
    }

    @Test
    void aFlippedBitIsNoticedOrDoesNotMatterSeed2() throws IOException {
        var random = new Random(2);
        List<Path> files = indexFiles();
        for (int i = 0; i < FLIPS; i++) {
            Path file = files.get(i % files.size());
            long bit = random.nextLong(8 * Files.size(original.resolve(file)));
            checkWith("bit " + bit + " of " + file + " flipped", i % 10 == 0, copy -> {
                FlippedBitTest.flip(Disk.system(), copy.resolve(file), bit);
            });
        }
    }

    @Test
    void aFileCutShortIsNoticedOrDoesNotMatterSeed3() throws IOException {
        var random = new Random(3);
        for (Path file : indexFiles()) {
            long size = random.nextLong(Files.size(original.resolve(file)));
            checkWith(file + " cut to " + size, false, copy -> {
                try (var opened = Disk.system().open(copy.resolve(file))) {
                    opened.truncate(size);
                }
            });
        }
    }

    @Test
    void aMissingFileIsNoticedOrDoesNotMatter() throws IOException {
        for (Path file : indexFiles()) {
            checkWith(file + " missing", false, copy -> Files.delete(copy.resolve(file)));
        }
    }

    @Test
    void aFileWhereTheDirectoryShouldBeMakesRoomForIt() throws IOException {
        checkWith("a file instead", true, copy -> {
            delete(copy.resolve("index"));
            Files.writeString(copy.resolve("index"), "not a directory");
        });
    }

    private interface Damage {
        void to(Path copy) throws IOException;
    }

    private void checkWith(String what, boolean alsoLater, Damage damage) throws IOException {
        Path copy = temp.resolve("copy");
        copyTo(copy);
        damage.to(copy);
        var fixture = new LogFixture(Disk.system(), copy);
        assertThat(fixture.store.index())
                .as("the index, opened or built anew, with " + what)
                .isNotNull();
        content.check(fixture, content.records(), start, what);
        if (alsoLater) {
            fixture.restart();
            long now = fixture.log(IndexedLog.SETTINGS).logStartOffset();
            content.check(fixture, content.records(), now, what + ", and after a clean stop");
        }
        fixture.close();
        delete(copy);
    }

    /** Relative to the data directory; those that RocksDB keeps data in, or finds it by. */
    private List<Path> indexFiles() throws IOException {
        try (Stream<Path> files = Files.list(original.resolve("index"))) {
            List<Path> found = files.map(original::relativize)
                    .filter(file -> !file.toString().contains("LOG"))
                    .filter(file -> original.resolve(file).toFile().length() > 0)
                    .sorted()
                    .toList();
            assertThat(found).anyMatch(file -> file.toString().endsWith(".sst"));
            return found;
        }
    }

    private void copyTo(Path copy) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(original)) {
            all = new ArrayList<>(walk.toList());
        }
        for (Path path : all) {
            Files.copy(path, copy.resolve(original.relativize(path)));
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
