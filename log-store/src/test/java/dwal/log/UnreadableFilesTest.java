package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.LogInspector.Totals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** What an inspection makes of files that are gone or cannot be read: it names them, once, and goes on with the rest. */
class UnreadableFilesTest extends InspectedLogs {

    @Test
    void partitionMetadataThatIsMissingIsTheOneFinding() throws IOException {
        Path metadata = data.resolve("orders-0/partition.metadata");
        Files.delete(metadata);
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(findings)
                .singleElement()
                .asString()
                .startsWith(metadata + ": the file is missing, so it is not known");
        assertThat(start().logEndOffset())
                .as("a start takes the log for that of this name")
                .isEqualTo(3 * BATCHES);
    }

    @Test
    void partitionMetadataThatIsGarbledIsTheOneFinding() throws IOException {
        Path metadata = data.resolve("orders-0/partition.metadata");
        Files.writeString(metadata, "version: 0\ntopic_id: !\n");
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(findings)
                .singleElement()
                .asString()
                .startsWith(metadata + ": ")
                .contains("is damaged");
        assertThat(start().status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void withoutPartitionMetadataTheIndexIsComparedAllTheSame() throws IOException {
        Files.delete(data.resolve("orders-0/partition.metadata"));
        Path last = segments().get(segments().size() - 1);
        Files.delete(last);
        verify();
        assertThat(damages()).hasSize(2).anyMatch(damage -> damage.startsWith(last.toString()));
    }

    @Test
    void aSegmentBetweenOthersThatIsMissingIsTheOneFinding() throws IOException {
        checkSecondSegmentIsMissed();
    }

    @Test
    void whereKafkaMayHaveLeftGapsTheIndexKnowsWhichAreNone() throws IOException {
        Path metadata = data.resolve("orders-0/partition.metadata");
        Files.writeString(metadata, "version: 0\ntopic_id: " + LogFixture.TOPIC);
        assertThat(verify().damaged()).isZero();
        checkSecondSegmentIsMissed();
    }

    private void checkSecondSegmentIsMissed() throws IOException {
        Path segment = segments().get(1);
        Files.delete(segment);
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(findings)
                .singleElement()
                .asString()
                .startsWith(segment + " ")
                .contains("the file is missing; it held offsets ");
        assertThat(start().status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void damageToWhereLogsStartIsToldOnce() throws IOException {
        Path file = Files.writeString(data.resolve("log-start-offset-checkpoint"), "0\n7\n");
        assertThat(verify().damaged()).isZero();
        assertThat(findings)
                .singleElement()
                .asString()
                .startsWith(file + ": the file is damaged (")
                .contains("the next start writes it anew");
    }

    @Test
    void anIndexWithoutItsRootIsThereAllTheSame() throws IOException {
        Files.delete(data.resolve("index/CURRENT"));
        assertThat(verify().damaged()).isZero();
        assertThat(findings)
                .singleElement()
                .asString()
                .startsWith(
                        data.resolve("index") + ": there is no CURRENT in the index that can be read. The next start");
    }

    @Test
    void aDirectoryInPlaceOfASegment() throws IOException {
        Path segment = segments().get(1);
        Files.delete(segment);
        Files.createDirectory(segment);
        checkTheRestIsRead(segment, "Is a directory");
    }

    @Test
    void aLinkThatLeadsNowhere() throws IOException {
        Path segment = segments().get(1);
        Files.delete(segment);
        Path absent = data.resolve("absent");
        Files.createSymbolicLink(segment, absent);
        checkTheRestIsRead(segment, "a link that leads nowhere");
        assertThat(absent).doesNotExist();
    }

    private void checkTheRestIsRead(Path segment, String why) throws IOException {
        Totals totals = verify();
        assertThat(totals.damaged()).isEqualTo(1);
        assertThat(damages().get(0))
                .startsWith(segment + " at position 0 ")
                .contains("cannot be read")
                .contains(why);
        assertThat(totals.partitions()).isEqualTo(2);
        assertThat(totals.records()).isBetween(3L * BATCHES, 6L * BATCHES - 1);
        assertThat(dump().damaged()).isEqualTo(1);
        assertThat(lines).anyMatch(line -> line.startsWith("offsets " + (3 * BATCHES - 1)));
    }
}
