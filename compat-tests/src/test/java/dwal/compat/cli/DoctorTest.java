package dwal.compat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Await;
import dwal.compat.server.DwalProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** {@code bin/dwal doctor} and a node that is well, and one that sends its clients where nobody is. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DoctorTest {
    private static final Pattern LISTENING =
            Pattern.compile("Listener PLAINTEXT accepts connections at /(127.0.0.1:\\d+)");
    private static final DwalProcess NODE = new DwalProcess(Map.of());
    /** It sends its clients where nobody is. */
    private static final DwalProcess LOST = new DwalProcess(Map.of("advertised.listeners", "PLAINTEXT://127.0.0.1:1"));

    private static String lostAddress = "";
    /** A client of it, which takes a while to be noticed. */
    private static KafkaConsumer<byte[], byte[]> ghost;

    private static Thread asking;

    @BeforeAll
    static void start() {
        LOST.start();
        // It says where clients are sent; this is where it is.
        Matcher listening = LISTENING.matcher(LOST.log());
        assertThat(listening.find()).isTrue();
        lostAddress = listening.group(1);
        ghost = new KafkaConsumer<>(
                Map.of("bootstrap.servers", lostAddress, "group.id", "haunt", "client.id", "ghost"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        ghost.subscribe(List.of("castle"));
        asking = new Thread(DoctorTest::haunt, "ghost");
        asking.start();
        NODE.start();
    }

    private static void haunt() {
        try {
            while (true) ghost.poll(Duration.ofSeconds(1));
        } catch (WakeupException e) {
            ghost.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        NODE.close();
        if (ghost != null) ghost.wakeup();
        if (asking != null) asking.join();
        LOST.close();
    }

    private static Command.Result doctor(String address, String... more) {
        List<String> arguments = new ArrayList<>(List.of("doctor", address, "--apart", "1"));
        arguments.addAll(List.of(more));
        return Command.run("127.0.0.1:1", "", arguments.toArray(String[]::new));
    }

    @Test
    void aNodeThatIsWellIsFoundSo() {
        assertThat(Command.launch("127.0.0.1:1", "", "doctor", NODE.bootstrap(), "--http", NODE.http())
                        .success())
                .containsPattern("(?m)^ok +protocol +" + NODE.bootstrap() + " speaks Kafka's protocol\\.$")
                .containsPattern("(?m)^ok +advertised +Node 1 sends clients to " + NODE.bootstrap())
                .containsPattern("(?m)^ok +partitions ")
                .containsPattern("(?m)^(ok|warning) +disk ")
                .containsPattern("(?m)^ok +clock +The clock of node 1 ")
                .containsPattern("(?m)^ok +transactions ")
                .containsPattern("(?m)^ok +groups ")
                .containsPattern("(?m)^ok +clients +The node at " + NODE.http() + " sees no client that");
        assertThat(NODE.log()).as("who is examined has nothing to say").doesNotContain("WARN");
    }

    @Test
    void theDoorsOfOthersAreTakenForWhatTheyAre() {
        assertThat(doctor(NODE.http())).satisfies(result -> {
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out()).contains("speaks HTTP, not Kafka's protocol", "-> bootstrap.servers");
        });
        assertThat(doctor(NODE.grpc()).out()).contains("speaks gRPC (HTTP/2), not Kafka's protocol");
        assertThat(doctor("127.0.0.1:1").out()).contains("Nobody can be reached at 127.0.0.1:1: connection refused");
    }

    @Test
    void aGroupThatStandsIsNamedWithItsRecord() {
        Command.run(NODE.bootstrap(), "a\nb\n", "produce", "doctor-stuck").success();
        // It prints, and never commits: nothing comes that would let it.
        try (var member = new StuckMember(NODE.bootstrap(), "doctor-stuck")) {
            member.joined();
            Command.Result result = doctor(NODE.bootstrap());
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out())
                    .containsPattern(
                            "(?m)^problem +groups +Group doctor-stuck \\(Stable\\) has not gone on in 1 s: it stands in"
                                    + " doctor-stuck-0 at the beginning, all records before the end, which is with client stuck");
        }
    }

    @Test
    void aNodeThatSendsClientsWhereNobodyIsIsFoundOut() {
        assertThat(doctor(lostAddress)).satisfies(result -> {
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out())
                    .contains(
                            "Node 1 sends clients to 127.0.0.1:1, which cannot be reached from here: connection refused")
                    .contains("-> advertised.listeners of node 1")
                    .containsPattern("(?m)^skipped +clients +No node was asked for clients that get lost: clients do"
                            + " not get there\\.")
                    .contains("-> --http HOST:PORT");
        });
    }

    /** Last: the node has had its time to notice by then. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aClientThatGetsLostIsNamed() {
        Await.until(
                "the node to notice its ghost",
                Duration.ofSeconds(60),
                () -> LOST.log().contains("Client 'ghost' at 127.0.0.1 has asked"));
        // No address of it is of use to a client, and that is why it is asked.
        assertThat(doctor(lostAddress, "--http", LOST.http())).satisfies(result -> {
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out())
                    .containsPattern(
                            "(?m)^problem +clients +The node at " + LOST.http() + " has been asked \\d+ times in \\d+ s"
                                    + " by client 'ghost' at 127.0.0.1 who leads castle; it never came to where it was sent,"
                                    + " 127.0.0.1:1\\.")
                    .contains("-> advertised.listeners (of PLAINTEXT) of the nodes");
        });
    }
}
