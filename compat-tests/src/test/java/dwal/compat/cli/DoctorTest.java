package dwal.compat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.DwalProcess;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code bin/dwal doctor} and a node that is well, and one that sends its clients where nobody is. */
class DoctorTest {
    private static final Pattern LISTENING =
            Pattern.compile("Listener PLAINTEXT accepts connections at /(127.0.0.1:\\d+)");
    private static final DwalProcess NODE = new DwalProcess(Map.of());

    @BeforeAll
    static void start() {
        NODE.start();
    }

    @AfterAll
    static void stop() {
        NODE.close();
    }

    private static Command.Result doctor(String address) {
        return Command.run("127.0.0.1:1", "", "doctor", address, "--apart", "1");
    }

    @Test
    void aNodeThatIsWellIsFoundSo() {
        assertThat(doctor(NODE.bootstrap()).success())
                .containsPattern("(?m)^ok +protocol +" + NODE.bootstrap() + " speaks Kafka's protocol\\.$")
                .containsPattern("(?m)^ok +advertised +Node 1 sends clients to " + NODE.bootstrap())
                .containsPattern("(?m)^ok +partitions ")
                .containsPattern("(?m)^(ok|warning) +disk ")
                .containsPattern("(?m)^ok +clock +The clock of node 1 ")
                .containsPattern("(?m)^ok +transactions ")
                .containsPattern("(?m)^ok +groups ");
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
        try (var lost = new DwalProcess(Map.of("advertised.listeners", "PLAINTEXT://127.0.0.1:1"))) {
            lost.start();
            // It says where clients are sent; this is where it is.
            Matcher listening = LISTENING.matcher(lost.log());
            assertThat(listening.find()).isTrue();
            Command.Result result = doctor(listening.group(1));
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out())
                    .contains(
                            "Node 1 sends clients to 127.0.0.1:1, which cannot be reached from here: connection refused")
                    .contains("-> advertised.listeners of node 1");
        }
    }
}
