package dwal.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PayloadsTest {
    @Test
    void eventsAreJsonOfExactlyTheSizeAskedFor() throws IOException {
        Payloads events = Payloads.json(1024);
        for (int i = 0; i < 100; i++) {
            assertThat(events.value(i)).hasSize(1024);
            assertThat(new ObjectMapper()
                            .readTree(events.value(i))
                            .get("event_id")
                            .asText())
                    .hasSize(32);
        }
    }

    @Test
    void areTheSameInEveryRun() {
        assertThat(Payloads.random(100).value(5000))
                .isEqualTo(Payloads.random(100).value(5000));
        assertThat(Payloads.random(100).valueBytes()).isEqualTo(100);
    }
}
