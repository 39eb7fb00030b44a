package dwal.replication.metadata;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class MetadataRoomTest {
    private static final long BYTES = 8L << 20;

    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk(Disk.system());
    private final ManualScheduler scheduler = new ManualScheduler();
    private MetadataRoom room;

    @BeforeEach
    void make() throws Exception {
        room = new MetadataRoom(disk, directory, scheduler);
        makeSegment("00000000000000000000");
    }

    private void makeSegment(String name) throws Exception {
        Files.write(directory.resolve(name + ".log"), new byte[1000]);
        Files.createFile(directory.resolve(name + ".index"));
        Files.createFile(directory.resolve(name + ".timeindex"));
    }

    @Test
    void isKeptBehindTheNewestSegmentAndForItsIndexes() throws Exception {
        makeSegment("00000000000000000500");
        room.look();
        scheduler.advance(4_999);
        assertThat(allocatedBytes("00000000000000000500.log")).isLessThan(BYTES);
        scheduler.advance(1);
        assertThat(allocatedBytes("00000000000000000500.log")).isGreaterThanOrEqualTo(BYTES);
        assertThat(directory.resolve("00000000000000000500.log")).hasSize(1000);
        assertThat(allocatedBytes("00000000000000000500.index")).isGreaterThanOrEqualTo(BYTES / 4096 * 12);
        assertThat(allocatedBytes("00000000000000000500.timeindex")).isGreaterThanOrEqualTo(BYTES / 4096 * 12);
        assertThat(allocatedBytes("00000000000000000000.log")).isLessThan(BYTES);
    }

    @Test
    void isThereAsSoonAsANodeHasStarted() throws Exception {
        room.look();
        room.take();
        scheduler.advance(0);
        assertThat(allocatedBytes("00000000000000000000.log")).isGreaterThanOrEqualTo(BYTES);
    }

    @Test
    void goesOnWithTheLog() throws Exception {
        assertThat(room.keep()).isTrue();
        Path segment = directory.resolve("00000000000000000000.log");
        Files.write(segment, new byte[(int) BYTES / 2], StandardOpenOption.APPEND);
        assertThat(room.keep()).isTrue();
        assertThat(allocatedBytes("00000000000000000000.log")).isGreaterThanOrEqualTo(BYTES + BYTES / 2);
        makeSegment("00000000000000000900");
        assertThat(room.keep()).isTrue();
        assertThat(allocatedBytes("00000000000000000900.log")).isGreaterThanOrEqualTo(BYTES);
    }

    @Test
    void isKeptForTheFilesThatAreWrittenAtAnElection() throws Exception {
        Files.createFile(directory.resolve("quorum-state.tmp")); // in a copy, which has no blocks
        for (int i = 0; i < 2; i++) {
            assertThat(room.keep()).isTrue();
            for (String name : List.of("quorum-state", "leader-epoch-checkpoint")) {
                assertThat(allocatedBytes(name + ".tmp")).isPositive();
                Files.move(directory.resolve(name + ".tmp"), directory.resolve(name), REPLACE_EXISTING);
            }
        }
    }

    @Test
    void isTriedAgainWhereItCouldNotBeTaken() throws Exception {
        Files.delete(directory.resolve("00000000000000000000.index"));
        room.look();
        scheduler.advance(5_000);
        assertThat(allocatedBytes("00000000000000000000.log")).isLessThan(BYTES);
        Files.createFile(directory.resolve("00000000000000000000.index"));
        scheduler.advance(60_000);
        assertThat(allocatedBytes("00000000000000000000.log")).isGreaterThanOrEqualTo(BYTES);
    }

    @Test
    void indexesGetTheirPartBeforeAStartOnAFullDisk() throws Exception {
        room.beforeStart();
        assertThat(allocatedBytes("00000000000000000000.index")).isZero();
        disk.setUsableBytes(0);
        room.beforeStart();
        assertThat(allocatedBytes("00000000000000000000.index")).isPositive();
        assertThat(allocatedBytes("00000000000000000000.log")).as("has kept it").isLessThan(BYTES);
    }

    private long allocatedBytes(String name) throws Exception {
        return allocatedBytes(directory.resolve(name));
    }

    static long allocatedBytes(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        assertThat(stat.waitFor()).isZero();
        return 512 * Long.parseLong(blocks);
    }
}
