package dwal.compat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Topics and records by {@code bin/dwal} alone; also against a real Kafka, with {@code -Dcompat.target=kafka}. */
@ExtendWith(SharedServer.class)
class RecordCommandsTest {
    private String bootstrap = "";

    @BeforeEach
    void node(Server server) {
        bootstrap = server.bootstrap();
    }

    private Command.Result dwal(String... arguments) {
        return Command.run(bootstrap, "", arguments);
    }

    private Command.Result produce(String input, String... arguments) {
        return Command.run(bootstrap, input, arguments);
    }

    @Test
    void topicsAreCreatedListedDescribedAlteredAndDeleted() {
        assertThat(Command.launch(
                                bootstrap,
                                "",
                                "topics",
                                "create",
                                "cli-topics",
                                "--partitions",
                                "2",
                                "--set",
                                "retention.ms=7000000")
                        .success())
                .isEqualTo("Created cli-topics: 2 partitions, 1 replicas of each.\n");
        assertThat(dwal("topics", "create", "cli-topics").failure()).contains("cli-topics", "--if-not-exists");
        assertThat(dwal("topics", "list").success()).containsPattern("(?m)^cli-topics +2 +1 +0 +0$");

        dwal(
                        "topics",
                        "alter",
                        "cli-topics",
                        "--partitions",
                        "3",
                        "--set",
                        "cleanup.policy=compact",
                        "--unset",
                        "retention.ms")
                .success();
        assertThat(dwal("topics", "describe", "cli-topics", "--json").success())
                .contains(
                        "\"name\":\"cli-topics\"",
                        "\"partition\":2,\"leader\":1,\"replicas\":[1],\"inSyncReplicas\":[1]");

        dwal("topics", "delete", "cli-topics").success();
        assertThat(dwal("topics", "delete", "cli-topics").failure()).contains("there is no such topic");
    }

    @Test
    void linesBecomeRecordsAndRecordsLines(@TempDir Path folder) throws Exception {
        assertThat(Command.launch(
                                bootstrap,
                                "a:1\nb:2\nno key\n",
                                "produce",
                                "cli-lines",
                                "-K",
                                ":",
                                "-H",
                                "from=test",
                                "-z",
                                "zstd")
                        .success())
                .isEqualTo("partition 0: 3 records at offsets 0 to 2\n");
        assertThat(dwal("consume", "cli-lines", "--show", "offset,key,headers").success())
                .isEqualTo("0\ta\tfrom=test\t1\n1\tb\tfrom=test\t2\n2\tnull\tfrom=test\tno key\n");
        assertThat(dwal("consume", "cli-lines", "--offset", "1", "-n", "1", "--format", "hex")
                        .success())
                .isEqualTo("32\n");
        assertThat(dwal("consume", "cli-lines", "--timestamp", "1h", "-n", "2").success())
                .isEqualTo("1\n2\n");
        assertThat(dwal("consume", "cli-lines", "--offset", "7").failure())
                .contains("has no offset 7", "offsets 0 to 2");

        String json = dwal("consume", "cli-lines", "--json").success();
        Path file = Files.writeString(folder.resolve("records.json"), json);
        dwal("produce", "cli-copy", "--file", file.toString(), "--format", "json")
                .success();
        assertThat(dwal("consume", "cli-copy", "--json").success()).isEqualTo(json.replace("cli-lines", "cli-copy"));
    }

    @Test
    void whatCannotBeWrittenIsNamed() {
        assertThat(produce("fine\n" + "x".repeat(1_100_000) + "\n", "produce", "cli-bad")
                        .failure())
                .contains("Topic cli-bad, line 2", "max.request.size");
        assertThat(produce("{\"value\": {\"string\": \"a\"}}\n{\"value\": 5}\n", "produce", "cli-bad", "-f", "json")
                        .failure())
                .contains("Line 2")
                .contains("exactly one field");
        assertThat(dwal("consume", "cli-bad").success()).isEqualTo("fine\na\n");
        assertThat(dwal("consume", "cli-not-there").failure()).contains("there is no such topic");
    }

    /** Kafka's producer with its default batch.size splits such batches for ever. */
    @Test
    void aTopicThatTakesSmallBatchesOnlyGetsThem() {
        dwal("topics", "create", "cli-small", "--set", "max.message.bytes=300").success();
        String lines = "0123456789\n".repeat(100);
        assertThat(produce(lines, "produce", "cli-small").success())
                .isEqualTo("partition 0: 100 records at offsets 0 to 99\n");
        assertThat(produce("x".repeat(400) + "\n", "produce", "cli-small").failure())
                .contains("Topic cli-small, line 1", "max.message.bytes");
        assertThat(produce("a\n", "produce", "cli-small", "-X", "batch.size=301")
                        .err())
                .contains("batch.size=301 is more than max.message.bytes of topic cli-small, which is 300");
    }

    @Test
    void aFollowerPrintsWhatComesUntilCtrlC() {
        produce("one\n", "produce", "cli-follow").success();
        Command follower = Command.start(bootstrap, "", "consume", "cli-follow", "--follow", "--group", "cli-follow");
        follower.awaitOutput("one\n");
        produce("two\n", "produce", "cli-follow").success();
        follower.awaitOutput("two\n");
        follower.interrupt();
        assertThat(follower.await().success()).isEqualTo("one\ntwo\n");

        produce("three\n", "produce", "cli-follow").success();
        assertThat(dwal("consume", "cli-follow", "--group", "cli-follow").success())
                .isEqualTo("three\n");
        assertThat(dwal("consume", "cli-follow", "--group", "cli-follow", "-n", "1", "--wait", "1")
                        .exitCode())
                .isEqualTo(1);
    }

    @Test
    void theBenchTellsHowFastItWasAndCleansUp() {
        assertThat(Command.launch(bootstrap, "", "bench", "--seconds", "1", "--rate", "1000", "--json")
                        .success())
                .containsPattern("\"write\":\\{\"records\":[1-9]\\d*,")
                .contains("\"read\":{\"records\":", "\"p99.9\":", "\"max\":");
        assertThat(dwal("topics", "list").success()).doesNotContain("dwal-bench");
    }

    @Test
    void nobodyThereIsSaidWithWhatToDo() {
        Command.Result result = dwal("topics", "list", "--bootstrap", "127.0.0.1:1");
        assertThat(result.failure()).contains("127.0.0.1:1 (connection refused)", "bin/dwal start");
        assertThat(result.out()).isEmpty();
    }
}
