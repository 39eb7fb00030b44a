package dwal.environment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FileTroubleTest {
    private static Stream<IOException> failures() {
        return Stream.of(
                new AccessDeniedException("a.log"),
                new NotOpenedException(Path.of("a.log"), new AccessDeniedException("a.log")),
                new NoSuchFileException("a.log"),
                new FileAlreadyExistsException("a.log"),
                new NotDirectoryException("a.log"),
                new DirectoryNotEmptyException("a.log"),
                new FileSystemException("a.log"),
                new FileSystemException("a.log", null, "Is a directory"),
                new IOException());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void tellsMoreThanTheNameOfTheFile(IOException failure) {
        assertThat(FileTrouble.reason(failure)).isNotBlank().doesNotContain("a.log");
    }
}
