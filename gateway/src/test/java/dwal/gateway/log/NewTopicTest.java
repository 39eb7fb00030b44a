package dwal.gateway.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.RequestTimes;
import dwal.server.Broker;
import dwal.server.Doors;
import dwal.server.config.BrokerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a door tries to create the topic that somebody appends to, on a node in this JVM. */
class NewTopicTest {
    @TempDir
    Path data;

    @Test
    void creatingATopicThatCannotBeIsTriedAgainAsLongAsSomebodyWaits() throws Exception {
        var asked = new AtomicInteger();

        Answer<Integer> answer = countToWrite("3", () -> asked.incrementAndGet() > 2);

        assertThat(answer.error()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(asked).hasValue(3);
    }

    @Test
    void forOneWhoHasGoneTheTopicIsCreatedAllTheSameIfItCanBe() throws Exception {
        assertThat(countToWrite("1", () -> true).get()).isEqualTo(1);
    }

    /** How many partitions a new topic of a single node gets; {@code over} says whether nobody waits for that any more. */
    private Answer<Integer> countToWrite(String replicationFactor, BooleanSupplier over) throws Exception {
        var made = new CompletableFuture<ClusterLogs>();
        Map<String, String> config = Map.of(
                "log.dirs",
                data.toString(),
                "listeners",
                "PLAINTEXT://127.0.0.1:0",
                "dwal.disk.reserve",
                "0",
                "default.replication.factor",
                replicationFactor);
        var broker = new Broker(BrokerConfig.of(config), (settings, node) -> {
            made.complete(new ClusterLogs(node, settings, new QueuedBytes(1 << 20), Pauses.OfDoors.none(node.clock())));
            return Doors.none();
        });
        try (broker) {
            broker.start();
            return made.get(20, TimeUnit.SECONDS)
                    .partitionCountToWrite("new", new RequestTimes(), Patience.until(over))
                    .get(20, TimeUnit.SECONDS);
        } finally {
            var unused = made.thenAccept(ClusterLogs::close);
        }
    }
}
