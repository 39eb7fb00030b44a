package dwal.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.index.LogIndex;
import dwal.log.index.LogIndex.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ARCHITECTURE.md tells of a block of the index is what lies there. */
class IndexLayoutTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d+)( \\+ 16 n)? \\| ([148]) \\| .* \\|$");

    @TempDir
    Path data;

    @Test
    void aBlockIsAsThePageSays() throws IOException {
        int head = 0;
        int next = 0;
        Matcher rows = ROW.matcher(page());
        while (rows.find()) {
            assertThat(Integer.parseInt(rows.group(1))).as(rows.group()).isEqualTo(next);
            next += Integer.parseInt(rows.group(3));
            head = rows.group(2) == null ? next : head;
        }
        assertThat(head).isEqualTo(PartitionIndex.BLOCK_HEADER_BYTES);
        assertThat(next - head).isEqualTo(PartitionIndex.ENTRY_BYTES);
        assertThat(page()).contains("up to " + PartitionIndex.BLOCK_ENTRIES + " entries");
    }

    @Test
    void theFieldsOfABlockAreThoseOfThePage() throws Exception {
        writeLog();
        try (LogIndex index = LogIndex.openReadOnly(data.resolve(IndexOpening.DIRECTORY))) {
            var key = new PartitionIndex(() -> index, LogFixture.partition(0)).key();
            ByteBuffer block = ByteBuffer.wrap(index.get(Family.OFFSETS, key.with(0)));
            assertThat(block.get(0)).as("format").isEqualTo((byte) 1);
            assertThat(block.getLong(1)).as("base offset of the segment").isZero();
            assertThat(block.getLong(9)).as("end offset").isPositive();
            assertThat(block.getLong(17)).as("room").isZero();
            assertThat(block.getInt(25)).as("offset of the first entry").isZero();
            assertThat(block.getInt(29)).as("its position").isZero();
            assertThat(block.getLong(33)).as("no timestamp before it").isEqualTo(-1);
            assertThat(block.getInt(25 + 16)).as("offset of the second").isPositive();
            assertThat(block.getInt(29 + 16)).as("its position").isPositive();
            assertThat(block.getLong(33 + 16)).as("timestamp before it").isGreaterThanOrEqualTo(1_000);
        }
    }

    private void writeLog() {
        var fixture = new LogFixture(Disk.system(), data);
        PartitionLog log = fixture.log(
                new SettingsBuilder().segmentBytes(3000).indexIntervalBytes(100).build());
        for (int i = 0; i < 60; i++) {
            log.append(Batches.at(1_000 + i, "a" + i, "b"), AppendOrigin.CLIENT, 4);
        }
        fixture.runBlocking();
        fixture.store.close();
        fixture.close();
    }

    private static String page() throws IOException {
        String all = Files.readString(Path.of("..", "ARCHITECTURE.md"), UTF_8);
        String from = all.substring(all.indexOf("**A block of index entries**"));
        return from.substring(0, from.indexOf("## Durability"));
    }
}
