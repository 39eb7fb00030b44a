package dwal.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FigureTableTest {
    private static Row row(String workload, String target, int round, String figure, double value) {
        Row row = new Row(workload, target, round);
        row.put(figure, value);
        return row;
    }

    @Test
    void theMedianOfTheRoundsCounts() {
        var medians = Medians.of(List.of(
                row("W1", "kafka", 1, "mb_s", 100),
                row("W1", "dwal", 1, "mb_s", 9000),
                row("W1", "kafka", 2, "mb_s", 300),
                row("W1", "dwal", 2, "mb_s", 310),
                row("W1", "kafka", 3, "mb_s", 200)));
        assertThat(medians.get("W1").get("kafka").get("mb_s")).isEqualTo(200);
        assertThat(medians.get("W1").get("dwal").get("mb_s")).isEqualTo(4655);
    }

    @Test
    void ratiosReferToTheFirstTarget() {
        String table = new FigureTable(
                        Medians.of(List.of(row("W1", "kafka", 1, "mb_s", 100), row("W1", "dwal", 1, "mb_s", 250))))
                .toString();
        assertThat(table.lines()).hasSize(4);
        assertThat(table.lines().toList().get(3).trim().split("\\s+")).containsExactly("ratio", "2.50x");
    }

    @Test
    void startsNameTheirFigures() {
        String table = new FigureTable(Medians.of(List.of(
                        row("W7-cold", "kafka", 1, "first_produce_s", 8),
                        row("W7-cold", "dwal", 1, "first_produce_s", 2))))
                .toString();
        assertThat(table).contains("first_produce_s=8.00").contains("first_produce_s=0.250");
    }
}
