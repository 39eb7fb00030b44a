package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a log of ten records, five of epoch 3 and five of epoch 4, one a batch, all batches of one size. */
class DamageBeforeEndTest {
    @TempDir
    private Path data;

    private final DamageBeforeEnd check = new DamageBeforeEnd(Disk.system());
    private Path directory;
    private Path segment;
    private int batchBytes;

    @BeforeEach
    void write() throws Exception {
        var fixture = new LogFixture(Disk.system(), data);
        PartitionLog log = fixture.log(new SettingsBuilder().build());
        for (int i = 0; i < 10; i++) {
            log.append(Batches.of("value"), AppendOrigin.CLIENT, i < 5 ? 3 : 4);
        }
        fixture.runBlocking();
        fixture.close();
        directory = data.resolve("orders-0");
        segment = directory.resolve("00000000000000000000.log");
        batchBytes = (int) (Files.size(segment) / 10);
    }

    @Test
    void aLogThatGoesAsFarAsItWasSyncedIsWhole() throws Exception {
        assertThat(check.find(directory, 10, 4)).isEmpty();
        assertThat(check.find(directory, 7, 4)).isEmpty();
    }

    @Test
    void aLogThatEndsBeforeItWasCutWhateverIsLeftOfTheNextBatch() throws Exception {
        for (int more : new int[] {0, 1, batchBytes - 1}) {
            cutTo(7 * batchBytes + more);
            String found = segment + " at position " + 7 * batchBytes
                    + " (offset 7): the log ends here, but it was synced up to offset 8 once";
            assertThat(check.find(directory, 8, 4)).contains(found);
            assertThat(check.findMissingEnd(directory, 8, 4)).contains(found);
            assertThat(check.find(directory, 7, 4)).isEmpty();
            assertThat(check.find(directory, 0, 0)).isEmpty();
        }
    }

    /** A follower gave up what it had of epoch 3 from offset 5 on. */
    @Test
    void aLogThatWentOnInALaterEpochMayEndBefore() throws Exception {
        assertThat(check.find(directory, 20, 3)).isEmpty();
        assertThat(check.find(directory, 20, 4)).isPresent();
        Files.createFile(directory.resolve("00000000000000000010.log"));
        assertThat(check.find(directory, 20, 3)).isEmpty();
        cutTo(5 * batchBytes);
        Files.delete(directory.resolve("00000000000000000010.log"));
        assertThat(check.find(directory, 20, 3)).isPresent();
    }

    @Test
    void aLogWithoutSegmentsHasLostWhatWasSynced() throws Exception {
        Files.delete(segment);
        assertThat(check.find(directory, 1, 3))
                .hasValueSatisfying(found -> assertThat(found).startsWith(directory.toString()));
        assertThat(check.find(directory, 0, 0)).isEmpty();
    }

    @Test
    void otherDamageIsNoMissingEnd() throws Exception {
        byte[] bytes = Files.readAllBytes(segment);
        bytes[3 * batchBytes + 70] ^= 1;
        Files.write(segment, bytes);
        assertThat(check.find(directory, 10, 4))
                .hasValueSatisfying(found -> assertThat(found).contains("(offset 3): checksum"));
        assertThat(check.findMissingEnd(directory, 10, 4)).isEqualTo(Optional.empty());
    }

    private void cutTo(int bytes) throws Exception {
        Files.write(segment, Arrays.copyOf(Files.readAllBytes(segment), bytes));
    }
}
