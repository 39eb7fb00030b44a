package dwal.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {

    @ParameterizedTest
    @CsvSource({"abc, abc, 0", "abc, abd, 1", "abc, ab, 1", "abc, acb, 1", "abc, xyz, 3", "'', abc, 3"})
    void countsWhatMustChange(String a, String b, int distance) {
        assertThat(EditDistance.between(a, b)).isEqualTo(distance);
        assertThat(EditDistance.between(b, a)).isEqualTo(distance);
    }

    @Test
    void givesNoNameThatIsTooFar() {
        assertThat(EditDistance.nearest("retention", List.of("listeners", "node.id")))
                .isEmpty();
    }
}
