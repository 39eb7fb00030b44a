package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class GhostClientsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private long seconds = 1000;

    private final GhostClients ghosts = new GhostClients(new Clock() {
        @Override
        public long wallMs() {
            return TimeUnit.SECONDS.toMillis(seconds);
        }

        @Override
        public long nanoTime() {
            return TimeUnit.SECONDS.toNanos(seconds);
        }
    });

    @Test
    void aClientThatComesAgainAndAgainIsNamedOnce() {
        String said = logOf(() -> {
            for (int i = 0; i < 20; i++) {
                seconds += 6;
                ghosts.told(HERE, "a\nghost", "connection-" + i, "PLAINTEXT", answer(Errors.NONE));
            }
        });
        assertThat(said.lines()).hasSize(1);
        assertThat(said)
                .contains("Client 'a?ghost' at 127.0.0.1 has asked 3 times in 12 s who leads orders")
                .contains("broker.internal:9092")
                .contains("advertised.listeners of PLAINTEXT");
    }

    @Test
    void oneThatAsksOftenOnOneConnectionIsNamedToo() {
        assertThat(logOf(() -> {
                            for (int i = 0; i < 30; i++) {
                                seconds++;
                                ghosts.told(HERE, "ghost", "the same", "PLAINTEXT", answer(Errors.NONE));
                            }
                        })
                        .lines())
                .hasSize(1);
    }

    @Test
    void oneThatWorksElsewhereIsNot() {
        assertThat(logOf(() -> {
                    for (int i = 0; i < 30; i++) {
                        seconds += 6;
                        ghosts.told(HERE, "worker", "connection-" + i, "PLAINTEXT", answer(Errors.NONE));
                        ghosts.works(HERE, "worker");
                    }
                }))
                .isEmpty();
    }

    @Test
    void norIsOneThatHasNothingToDoAndRefreshesItsMetadataNowAndThen() {
        assertThat(logOf(() -> {
                    for (int i = 0; i < 30; i++) {
                        seconds += 300;
                        ghosts.told(HERE, "idle", "the same", "PLAINTEXT", answer(Errors.NONE));
                    }
                }))
                .isEmpty();
    }

    @Test
    void norIsAProgramOfAClusterThatIsRunAgainAndAgainAndWorksAtAnotherNode() {
        MetadataResponseData answer = answer(Errors.NONE);
        answer.brokers()
                .add(new MetadataResponseBroker().setNodeId(2).setHost("other").setPort(9092));
        assertThat(logOf(() -> {
                    for (int i = 0; i < 30; i++) {
                        seconds += 6;
                        ghosts.told(HERE, "dwal-produce", "c-" + i, "PLAINTEXT", answer);
                    }
                }))
                .isEmpty();
        assertThat(logOf(() -> {
                            for (int i = 0; i < 5; i++) {
                                seconds += 6;
                                ghosts.told(HERE, "ghost", "the same", "PLAINTEXT", answer);
                            }
                        })
                        .lines())
                .as("one that stays and asks on is named in a cluster too")
                .hasSize(1);
    }

    @Test
    void norIsOneThatIsToldToAskAgain() {
        assertThat(logOf(() -> {
                    for (int i = 0; i < 30; i++) {
                        seconds += 6;
                        ghosts.told(HERE, "waiting", "c-" + i, "PLAINTEXT", answer(Errors.LEADER_NOT_AVAILABLE));
                    }
                }))
                .isEmpty();
    }

    @Test
    void whoIsNamedIsToldUntilItWorksOrIsGone() {
        var unused = logOf(() -> {
            for (int i = 0; i < 5; i++) {
                seconds += 6;
                ghosts.told(HERE, "ghost", "c-" + i, "PLAINTEXT", answer(Errors.NONE));
                ghosts.told(HERE, "helped", "d-" + i, "PLAINTEXT", answer(Errors.NONE));
            }
            ghosts.works(HERE, "helped");
        });
        assertThat(ghosts.named())
                .containsExactly(new GhostClient(
                        "ghost",
                        "127.0.0.1",
                        "PLAINTEXT",
                        List.of("orders"),
                        List.of("broker.internal:9092"),
                        5,
                        1_006_000,
                        1_030_000));
        seconds += 601;
        assertThat(ghosts.named()).isEmpty();
    }

    @Test
    void manyClientsAreNotRemembered() {
        assertThat(logOf(() -> {
                    for (int round = 0; round < 5; round++) {
                        for (int i = 0; i <= GhostClients.REMEMBERED; i++) {
                            ghosts.told(HERE, "client-" + i, "c-" + round, "PLAINTEXT", answer(Errors.NONE));
                        }
                        seconds += 20;
                    }
                }))
                .isEmpty();
    }

    private static MetadataResponseData answer(Errors error) {
        var answer = new MetadataResponseData();
        answer.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(1)
                        .setHost("broker.internal")
                        .setPort(9092));
        answer.topics()
                .add(new MetadataResponseTopic()
                        .setName("orders")
                        .setPartitions(List.of(new MetadataResponsePartition().setErrorCode(error.code()))));
        return answer;
    }

    private static String logOf(Runnable action) {
        PrintStream before = System.err;
        var said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
