package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final StringWriter terminal = new StringWriter();
    private final ProgressBar bar = new ProgressBar(new PrintWriter(terminal));

    @Test
    void drawsOverItselfOnlyWhenItChanges() {
        Path file = Path.of("data/orders-0/00000000000000000000.log");
        bar.at(500, 1000, file);
        bar.at(501, 1000, file);
        assertThat(terminal.toString()).isEqualTo("\r\u001b[K[###############               ] 50 % orders-0");
        bar.clear();
        bar.clear();
        assertThat(terminal.toString()).endsWith("orders-0\r\u001b[K");
    }

    @Test
    void staysOnOneLine() {
        bar.at(0, 0, Path.of("data/" + "x".repeat(249) + "-0/00000000000000000000.log"));
        assertThat(terminal.toString()).contains("] 100 % ...").endsWith("x-0").hasSizeLessThan(90);
    }
}
