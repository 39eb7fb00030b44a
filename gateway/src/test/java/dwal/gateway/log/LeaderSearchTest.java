package dwal.gateway.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.Broker;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import dwal.server.config.BrokerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which answers of a leader make somebody ask again, on a node in this JVM that knows one topic. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeaderSearchTest {
    private static final TopicPartition PARTITION = new TopicPartition("topic", 0);

    private @Nullable DoorSettings settings;
    private Doors.@Nullable Inside inside;
    private Broker broker;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        broker = new Broker(
                BrokerConfig.of(Map.of(
                        "log.dirs", data.toString(),
                        "listeners", "PLAINTEXT://127.0.0.1:0",
                        "dwal.disk.reserve", "0")),
                (given, node) -> {
                    settings = given;
                    inside = node;
                    return Doors.none();
                });
        broker.start();
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE", "OFFSET_NOT_AVAILABLE"})
    void whatPassesIsAskedAgain(Errors passing) throws Exception {
        var asked = new AtomicInteger();

        Answer<Integer> answer = persistently(asked, passing, 3);

        assertThat(answer.error()).isEqualTo(Errors.NONE);
        assertThat(answer.get()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"OFFSET_OUT_OF_RANGE", "NETWORK_EXCEPTION", "KAFKA_STORAGE_ERROR"})
    void anythingElseIsTheAnswer(Errors lasting) throws Exception {
        var asked = new AtomicInteger();

        assertThat(persistently(asked, lasting, 3).error()).isEqualTo(lasting);
        assertThat(asked).hasValue(1);
    }

    /** Asks a leader that answers with {@code error} until it is asked for the {@code last} time, and then how often it was. */
    private Answer<Integer> persistently(AtomicInteger asked, Errors error, int last) throws Exception {
        Doors.Inside node = Objects.requireNonNull(inside);
        var search = new LeaderSearch(node.metadata(), node.clock(), Objects.requireNonNull(settings));
        try (var line = new KafkaRequests(node)) {
            return search.<Integer>persistently(
                            line,
                            PARTITION,
                            () -> true,
                            false,
                            place -> CompletableFuture.completedFuture(
                                    asked.incrementAndGet() < last
                                            ? Answer.refused(error, null)
                                            : Answer.of(asked.get())))
                    .get(30, TimeUnit.SECONDS);
        }
    }
}
