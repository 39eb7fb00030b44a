package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetadataSideFilesTest {
    @TempDir
    Path folder;

    @Test
    void whatKafkaWritesAndWhatIsNotThereIsTaken() throws IOException {
        assertThatCode(this::check).doesNotThrowAnyException();
        write("partition.metadata", "version: 0\ntopic_id: " + Uuid.METADATA_TOPIC_ID);
        write("leader-epoch-checkpoint", "0\n2\n1 0\n2 15\n");
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "partition.metadata, ''",
        "partition.metadata, '\0\0\0\0'",
        "partition.metadata, 'version: 0\ntopic_id: \0AAA'",
        "partition.metadata, 'version: 0\ntopic_id: ZZZZZZZZAAAAAAAAAAAAAQ'",
        "leader-epoch-checkpoint, 'x'",
        "leader-epoch-checkpoint, '0\n5\nx'",
        "leader-epoch-checkpoint, '0\n2\n1 0\n'",
    })
    void aDamagedFileIsNamedWithWhatToDo(String name, String contents) throws IOException {
        Path file = write(name, contents);
        assertThatThrownBy(this::check)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageStartingWith(file + " is damaged (")
                .hasMessageContaining("Nothing was changed")
                .hasMessageContaining("Move the file away");
    }

    private void check() {
        new MetadataSideFiles(folder).check();
    }

    private Path write(String name, String contents) throws IOException {
        return Files.writeString(folder.resolve(name), contents, StandardCharsets.ISO_8859_1);
    }
}
