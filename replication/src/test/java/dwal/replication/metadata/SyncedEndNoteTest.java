package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import dwal.replication.metadata.SyncedEndFile.SyncedEnd;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyncedEndNoteTest {
    @TempDir
    private Path folder;

    private final FaultyDisk disk = new FaultyDisk(Disk.system());
    private final ManualScheduler scheduler = new ManualScheduler();
    private SyncedEndFile file;
    private SyncedEndNote note;

    @BeforeEach
    void open() throws Exception {
        file = new SyncedEndFile(disk, folder);
        note = new SyncedEndNote(file, scheduler);
    }

    @Test
    void isWrittenAMinuteAfterTheLogHasGrown() throws Exception {
        note.synced(10, 1);
        note.synced(20, 2);
        scheduler.advance(59_999);
        assertThat(file.read()).isEmpty();
        note.synced(30, 2);
        scheduler.advance(1);
        assertThat(file.read()).contains(new SyncedEnd(30, 2));
        note.synced(40, 2);
        scheduler.advance(60_000);
        assertThat(file.read()).contains(new SyncedEnd(40, 2));
    }

    @Test
    void isGoneBeforeTheLogIsCutAndComesBackWithTheNextSync() throws Exception {
        note.synced(30, 2);
        note.write();
        note.willEndAt(30);
        assertThat(file.read()).contains(new SyncedEnd(30, 2));
        note.willEndAt(29);
        assertThat(file.exists()).isFalse();
        scheduler.advance(60_000);
        assertThat(file.exists()).isFalse();
        note.synced(29, 3);
        scheduler.advance(60_000);
        assertThat(file.read()).contains(new SyncedEnd(29, 3));
    }

    @Test
    void ofAnEarlierRunIsGoneBeforeTheLogIsCut() throws Exception {
        note.synced(30, 2);
        note.write();
        new SyncedEndNote(file, scheduler).willEndAt(29);
        assertThat(file.exists()).isFalse();
    }

    @Test
    void theLogIsNotCutWhereTheNoteStays() throws Exception {
        note.synced(30, 2);
        note.write();
        disk.setNothingCanBeOpened(true);
        assertThatThrownBy(() -> note.willEndAt(29)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void whatCannotBeWrittenLeavesWhatWasThere() throws Exception {
        note.synced(30, 2);
        note.write();
        disk.setNothingCanBeOpened(true);
        note.synced(40, 2);
        note.write();
        disk.setNothingCanBeOpened(false);
        assertThat(file.read()).contains(new SyncedEnd(30, 2));
        note.write();
        assertThat(file.read()).contains(new SyncedEnd(40, 2));
    }

    @Test
    void saysNothingWhenItIsDamaged() throws Exception {
        note.synced(4711, 5);
        note.write();
        byte[] whole = Files.readAllBytes(file.path());
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file.path(), flipped);
            assertThat(file.read()).as("bit %d", bit).isEmpty();
        }
        for (int length = 0; length < whole.length; length++) {
            Files.write(file.path(), Arrays.copyOf(whole, length));
            assertThat(file.read()).as("cut to %d", length).isEmpty();
        }
    }
}
