package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClientWindowTest {
    private final ClientWindow window = new ClientWindow();

    @Test
    void itIsLookedAfterEachFourthAnswer() {
        assertThat(Stream.generate(window::answered).limit(9))
                .containsExactly(false, false, false, true, false, false, false, true, false);
    }

    @Test
    void oneThatIsFullForMoreThanAQuarterOfTheTimeHoldsUp() {
        assertThat(window.holdsUp(1_000, 250)).isFalse();
        assertThat(window.holdsUp(2_000, 501)).isTrue();
    }

    @Test
    void whatWasBeforeTheLastLookDoesNotCount() {
        assertThat(window.holdsUp(1_000, 1_000)).isTrue();
        assertThat(window.holdsUp(2_000, 1_100)).isFalse();
        assertThat(window.holdsUp(3_000, 1_400)).isTrue();
    }

    @Test
    void oneToWhomNothingWasSentHoldsNothingUp() {
        assertThat(window.holdsUp(0, 0)).isFalse();
    }
}
