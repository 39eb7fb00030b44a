package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void columnsAreAsWideAsTheirCellsAndNumbersStandAtTheRight() {
        var text = new StringWriter();
        new Table("NAME", "N", "REPLICAS")
                .row("a-long-name", 5, List.of(1, 2))
                .row("b", 12345, List.of())
                .row(null, OptionalLong.empty(), List.of(3))
                .print(new PrintWriter(text));

        assertThat(text.toString().lines())
                .containsExactly(
                        "NAME             N  REPLICAS", //
                        "a-long-name      5  1,2",
                        "b            12345  -",
                        "-                -  3");
    }

    @Test
    void sizesAreShort() {
        assertThat(Sizes.text(0)).isEqualTo("0 B");
        assertThat(Sizes.text(1023)).isEqualTo("1023 B");
        assertThat(Sizes.text(1536)).isEqualTo("1.5 KiB");
        assertThat(Sizes.text(230L << 30)).isEqualTo("230 GiB");
    }
}
