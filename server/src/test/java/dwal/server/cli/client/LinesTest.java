package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
    @Test
    void linesAreTheBytesBetweenLineEnds() throws IOException {
        assertThat(lines("one\n\ntwo\r\nthree")).containsExactly("one", "", "two\r", "three");
        assertThat(lines("one\n")).containsExactly("one");
        assertThat(lines("\n")).containsExactly("");
        assertThat(lines("")).isEmpty();
    }

    @Test
    void aLineMayBeLongerThanTheBuffer() throws IOException {
        String end = "x".repeat(65_536 - 3);
        String longer = "y".repeat(200_000);
        assertThat(lines("ab" + "\n" + end + "\n" + longer + "\nz")).containsExactly("ab", end, longer, "z");
    }

    private static List<String> lines(String text) throws IOException {
        var lines = new Lines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        List<String> all = new ArrayList<>();
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            all.add(new String(line, StandardCharsets.UTF_8));
            assertThat(lines.number()).isEqualTo(all.size());
        }
        return all;
    }
}
