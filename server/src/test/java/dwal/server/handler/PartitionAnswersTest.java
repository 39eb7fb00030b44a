package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.server.OneOfTwo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionAnswersTest {
    @Test
    void aShareThatThrowsIsAnErrorOfItsOwnAndStopsThePartition(@TempDir Path directory) {
        try (var node = new OneOfTwo(Disk.system(), directory, "topic")) {
            node.led(OneOfTwo.NODE, 0);
            List<Object> filled = new ArrayList<>();
            var all = new PartitionAnswers();

            all.addWhenOpen(
                    node.partition(),
                    () -> {
                        throw new IllegalStateException("a fault that the test asked for");
                    },
                    filled::add);
            all.addWhenOpen(node.partition(), () -> filled.add("the other"), filled::add);

            assertThat(all.then("answer")).isCompletedWithValue("answer");
            assertThat(filled).containsExactly(Errors.KAFKA_STORAGE_ERROR, "the other");
            assertThat(node.partition().checkLeader(-1)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        }
    }
}
