package dwal.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    @Test
    void takesOptionsAndOperandsInAnyOrder() {
        Arguments arguments =
                Arguments.parse(List.of("--rounds", "5", "a=b", "--seconds", "2.5", "c=d"), RunOptions.NAMES);
        assertThat(arguments.operands()).containsExactly("a=b", "c=d");
        assertThat(RunOptions.of(arguments).rounds()).isEqualTo(5);
        assertThat(RunOptions.of(arguments).seconds()).isEqualTo(2.5);
        assertThat(RunOptions.of(arguments).workloads()).isEqualTo(Workloads.ALL);
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> Arguments.parse(List.of("--round", "5"), RunOptions.NAMES))
                .hasMessage("no option --round here");
        assertThatThrownBy(() -> Arguments.parse(List.of("--rounds"), RunOptions.NAMES))
                .hasMessage("--rounds wants a value");
        Arguments many = Arguments.parse(List.of("--rounds", "many"), RunOptions.NAMES);
        assertThatThrownBy(() -> RunOptions.of(many)).hasMessage("--rounds wants a number, not many");
        Arguments w9 = Arguments.parse(List.of("--workloads", "W1,W9"), RunOptions.NAMES);
        assertThatThrownBy(() -> RunOptions.of(w9)).hasMessageStartingWith("no workload W9");
    }

    @Test
    void readsATarget() {
        Target target = Target.parse("kafka=127.0.0.1:1,127.0.0.1:2,77,78,dir:/data");
        assertThat(target.label()).isEqualTo("kafka");
        assertThat(target.bootstrap()).isEqualTo("127.0.0.1:1,127.0.0.1:2");
        assertThat(target.pids()).containsExactly(77L, 78L);
        assertThat(target.directory()).isEqualTo(Path.of("/data"));
        assertThatThrownBy(() -> Target.parse("127.0.0.1:1")).hasMessage("not label=host:port,pid: 127.0.0.1:1");
    }
}
