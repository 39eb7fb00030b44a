package dwal.environment.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import dwal.environment.DiskContract;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A disk like any other, and what a crash leaves of it. */
class RecordedDiskTest extends DiskContract {
    private static final Path ROOT = Path.of("/simulated");
    private static final Path FILE = ROOT.resolve("file");
    private static final Path OTHER = ROOT.resolve("other");
    private static final int TRIES = 300;

    private final RecordedDisk recorded = new RecordedDisk();

    @Override
    protected Disk newDisk() {
        return new RecordedDisk();
    }

    @Override
    protected Path root() {
        return ROOT;
    }

    @BeforeEach
    void makeRoot() throws IOException {
        recorded.createDirectoriesSafely(ROOT);
    }

    @Test
    void aKillLosesNothing() throws IOException {
        DiskFile file = recorded.open(FILE);
        write(file, 0, "abc");
        recorded.rename(FILE, OTHER);
        RecordedDisk left = recorded.killedAfter(recorded.operations());
        assertThat(left.list(ROOT)).containsExactly(OTHER);
        assertThat(text(left, OTHER)).isEqualTo("abc");
        assertThat(recorded.killedAfter(1).list(ROOT))
                .as("before the file was made")
                .isEmpty();
    }

    @Test
    void aLossOfPowerLeavesWhatWasSyncedAndOfTheRestSomeSeed1() throws IOException {
        DiskFile file = recorded.open(FILE);
        write(file, 0, "synced");
        file.sync();
        recorded.syncDirectory(ROOT);
        write(file, 6, " not");
        assertThat(afterPowerLoss(left -> text(left, FILE))).containsExactlyInAnyOrder("synced", "synced not");
    }

    @Test
    void aLossOfPowerMayTakeANewNameUnlessItsDirectoryWasSyncedSeed1() throws IOException {
        DiskFile file = recorded.open(FILE);
        write(file, 0, "abc");
        file.sync();
        assertThat(afterPowerLoss(left -> left.exists(FILE))).containsExactlyInAnyOrder(true, false);
        recorded.syncDirectory(ROOT);
        assertThat(afterPowerLoss(left -> left.exists(FILE))).containsExactly(true);
        recorded.delete(FILE);
        assertThat(afterPowerLoss(left -> left.exists(FILE))).containsExactlyInAnyOrder(true, false);
        recorded.syncDirectory(ROOT);
        assertThat(afterPowerLoss(left -> left.exists(FILE))).containsExactly(false);
    }

    @Test
    void aLossOfPowerMayTakeANewDirectoryAndAllInItUnlessTheOneAboveWasSyncedSeed1() throws IOException {
        Path directory = ROOT.resolve("made");
        Path file = directory.resolve("file");
        recorded.createDirectories(directory);
        write(recorded.open(file), 0, "abc");
        recorded.open(file).sync();
        recorded.syncDirectory(directory);
        assertThat(afterPowerLoss(left -> left.exists(file))).containsExactlyInAnyOrder(true, false);
        recorded.syncDirectory(ROOT);
        assertThat(afterPowerLoss(left -> left.exists(file))).containsExactly(true);
        recorded.delete(file);
        recorded.delete(directory);
        recorded.syncDirectory(ROOT);
        assertThat(afterPowerLoss(left -> left.exists(file))).containsExactly(false);
    }

    @Test
    void directoriesThatAreMadeSafelyOutliveALossOfPowerSeed1() throws IOException {
        Path directory = ROOT.resolve("new/deep/data");
        recorded.createDirectoriesSafely(directory);
        recorded.open(directory.resolve("file"));
        recorded.syncDirectory(directory);
        assertThat(afterPowerLoss(left -> left.exists(directory))).containsExactly(true);
    }

    @Test
    void aFileThatWasSyncedAndRenamedIsTheOldOneOrTheNewOneSeed1() throws IOException {
        DiskFile file = recorded.open(FILE);
        write(file, 0, "old");
        file.sync();
        recorded.syncDirectory(ROOT);
        DiskFile fresh = recorded.open(OTHER);
        write(fresh, 0, "new");
        fresh.sync();
        recorded.rename(OTHER, FILE);
        assertThat(afterPowerLoss(left -> text(left, FILE))).containsExactlyInAnyOrder("old", "new");
        recorded.syncDirectory(ROOT);
        assertThat(afterPowerLoss(left -> text(left, FILE))).containsExactly("new");
    }

    @Test
    void pagesThatWereNotSyncedMayBeOfDifferentAgesSeed1() throws IOException {
        DiskFile file = recorded.open(FILE);
        file.write(ByteBuffer.wrap("a".repeat(8192).getBytes(StandardCharsets.UTF_8)), 0);
        file.sync();
        recorded.syncDirectory(ROOT);
        file.write(ByteBuffer.wrap("b".repeat(8192).getBytes(StandardCharsets.UTF_8)), 0);
        assertThat(afterPowerLoss(left -> {
                    String text = text(left, FILE);
                    return text.charAt(0) + "" + text.charAt(8191);
                }))
                .containsExactlyInAnyOrder("aa", "ab", "ba", "bb");
    }

    @Test
    void whatAFailedSyncHasLostIsLostThoughTheNextSyncWorksSeed1() throws IOException {
        DiskFile file = recorded.open(FILE);
        write(file, 0, "old");
        file.sync();
        recorded.syncDirectory(ROOT);
        write(file, 0, "new");
        recorded.setSyncsFail(true);
        assertThatThrownBy(file::sync).isInstanceOf(IOException.class);
        recorded.setSyncsFail(false);
        file.sync();
        assertThat(text(recorded, FILE)).isEqualTo("new");
        assertThat(afterPowerLoss(left -> text(left, FILE))).containsExactly("old");

        // Written again, the page is not what the system takes for clean.
        write(file, 0, "new");
        file.sync();
        assertThat(afterPowerLoss(left -> text(left, FILE))).containsExactly("new");
    }

    @Test
    void aBitThatFlipsIsNoOperation() throws IOException {
        DiskFile file = recorded.open(FILE);
        write(file, 0, "ab");
        file.sync();
        recorded.syncDirectory(ROOT);
        int before = recorded.operations();
        recorded.flip(FILE, 8);
        assertThat(text(recorded, FILE)).isEqualTo("ac");
        assertThat(recorded.operations()).isEqualTo(before);
        assertThat(text(recorded.powerLostNow(new Random(1)), FILE)).isEqualTo("ac");
    }

    private <T> Set<T> afterPowerLoss(Function<RecordedDisk, T> look) {
        var random = new Random(1);
        Set<T> seen = new HashSet<>();
        for (int i = 0; i < TRIES; i++) {
            seen.add(look.apply(recorded.powerLostNow(random)));
        }
        return seen;
    }

    private static void write(DiskFile file, long position, String text) throws IOException {
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), position);
    }

    private static String text(RecordedDisk disk, Path path) {
        try (DiskFile file = disk.open(path)) {
            ByteBuffer target = ByteBuffer.allocate((int) file.size());
            file.read(target, 0);
            return new String(target.array(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
