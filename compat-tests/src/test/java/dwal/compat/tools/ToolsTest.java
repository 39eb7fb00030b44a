package dwal.compat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.server.Await;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Apache Kafka's command-line tools work with the server: one JVM runs them, in turn, but for those that work on in its last moments. */
@ExtendWith(SharedServer.class)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ToolsTest {
    private final Server server;
    private Tools tools;

    ToolsTest(Server server) {
        this.server = server;
    }

    @BeforeAll
    void start() throws IOException {
        tools = new Tools();
    }

    @AfterAll
    void end() {
        tools.close();
    }

    /** Runs a tool, expects status 0, and gives what it wrote. */
    private String tool(String name, String... options) throws IOException {
        return toolWithInput("", name, options);
    }

    private String toolWithInput(String input, String name, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", server.bootstrap()));
        all.addAll(List.of(options));
        return tools.runWithInput(input, name, all.toArray(String[]::new));
    }

    /** Runs a tool until what it writes is as expected: what the controller did may reach the broker, which is asked, a little later. */
    private void eventually(Consumer<String> expected, String name, String... options) {
        Await.until(name + " to show the change", () -> {
            expected.accept(tool(name, options));
            return true;
        });
    }

    /** Runs a tool in a JVM of its own, to its end: the verifiable producer sends and reports its last records in the JVM's shutdown. */
    private String toolAlone(String name, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", server.bootstrap()));
        all.addAll(List.of(options));
        Process alone = Tools.java(Tools.className(name), all.toArray(String[]::new));
        try {
            String output = new String(alone.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(alone.waitFor())
                    .as("exit status of %s, which wrote\n%s", name, output)
                    .isZero();
            return output;
        } finally {
            alone.destroyForcibly();
        }
    }

    private String filled(int count) throws IOException {
        String topic = Clients.unique("tools");
        tool("TopicCommand", "--create", "--topic", topic, "--partitions", "2");
        String lines = IntStream.range(0, count)
                .mapToObj(i -> "key" + i + ":value" + i)
                .collect(Collectors.joining("\n", "", "\n"));
        toolWithInput(
                lines,
                "ConsoleProducer",
                "--topic",
                topic,
                "--reader-property",
                "parse.key=true",
                "--reader-property",
                "key.separator=:");
        return topic;
    }

    @Test
    void topicsAreMadeListedDescribedGrownAndDeleted() throws IOException {
        String topic = Clients.unique("tools");
        assertThat(tool(
                        "TopicCommand",
                        "--create",
                        "--topic",
                        topic,
                        "--partitions",
                        "2",
                        "--config",
                        "retention.ms=12345678"))
                .contains("Created topic " + topic);
        eventually(output -> assertThat(output).contains(topic), "TopicCommand", "--list");
        tool("TopicCommand", "--alter", "--topic", topic, "--partitions", "3");
        eventually(
                output -> assertThat(output)
                        .contains(
                                "PartitionCount: 3",
                                "ReplicationFactor: 1",
                                "retention.ms=12345678",
                                "Leader: 1",
                                "Isr: 1"),
                "TopicCommand",
                "--describe",
                "--topic",
                topic);
        tool("TopicCommand", "--delete", "--topic", topic);
        eventually(output -> assertThat(output).doesNotContain(topic), "TopicCommand", "--list");
    }

    @Test
    void theConsoleProducesAndConsumes() throws IOException {
        String topic = filled(20);
        String read = tool(
                "consumer.ConsoleConsumer",
                "--topic",
                topic,
                "--from-beginning",
                "--max-messages",
                "20",
                "--formatter-property",
                "print.key=true");
        assertThat(read.lines().filter(line -> line.startsWith("key")))
                .hasSize(20)
                .contains("key7\tvalue7");
        assertThat(tool("GetOffsetShell", "--topic", topic)
                        .lines()
                        .filter(line -> line.startsWith(topic))
                        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:", "")))
                        .sum())
                .isEqualTo(20);
    }

    @Test
    void quotasOfUsersAreSetAndDescribed() throws IOException {
        String[] describe = {"--describe", "--entity-type", "users"};
        tool("kafka.admin.ConfigCommand", describe);
        tool(
                "kafka.admin.ConfigCommand",
                "--alter",
                "--entity-type",
                "users",
                "--entity-name",
                "of-quota",
                "--add-config",
                "consumer_byte_rate=1234567");
        eventually(
                output -> assertThat(output).contains("of-quota", "consumer_byte_rate=1234567"),
                "kafka.admin.ConfigCommand",
                describe);
        tool("kafka.admin.ConfigCommand", "--describe", "--entity-type", "users", "--entity-name", "of-quota");
    }

    @Test
    void levelsOfLoggersAreChangedAndDescribed() throws IOException {
        // Of Kafka's loggers this one, in the tests' class path, is written by log4j's own.
        String logger = Server.isKafkaTarget() ? "root" : "dwal.server";
        String before = level(logger);
        changeLevel("--add-config", logger + "=DEBUG");
        assertThat(level(logger)).isEqualTo("DEBUG");
        if (Server.isKafkaTarget()) changeLevel("--add-config", logger + "=" + before);
        else changeLevel("--delete-config", logger);
        assertThat(level(logger)).isEqualTo(before);
    }

    private String level(String logger) throws IOException {
        String all = tool(
                "kafka.admin.ConfigCommand", "--describe", "--entity-type", "broker-loggers", "--entity-name", "1");
        return all.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(logger + "="))
                .map(line -> line.replaceFirst("^[^=]*=(\\S*).*$", "$1"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(logger + " is not in " + all));
    }

    private void changeLevel(String... how) throws IOException {
        List<String> options =
                new ArrayList<>(List.of("--alter", "--entity-type", "broker-loggers", "--entity-name", "1"));
        options.addAll(List.of(how));
        tool("kafka.admin.ConfigCommand", options.toArray(String[]::new));
    }

    @Test
    void configsAreChangedAndDescribed() throws IOException {
        String topic = filled(1);
        String[] describe = {"--describe", "--entity-type", "topics", "--entity-name", topic};
        tool(
                "kafka.admin.ConfigCommand",
                "--alter",
                "--entity-type",
                "topics",
                "--entity-name",
                topic,
                "--add-config",
                "retention.ms=7654321");
        eventually(
                output -> assertThat(output).contains("retention.ms=7654321"), "kafka.admin.ConfigCommand", describe);
        tool(
                "kafka.admin.ConfigCommand",
                "--alter",
                "--entity-type",
                "topics",
                "--entity-name",
                topic,
                "--delete-config",
                "retention.ms");
        eventually(output -> assertThat(output).doesNotContain("retention.ms"), "kafka.admin.ConfigCommand", describe);
        assertThat(tool(
                        "kafka.admin.ConfigCommand",
                        "--describe",
                        "--entity-type",
                        "brokers",
                        "--entity-name",
                        "1",
                        "--all"))
                .contains("node.id=1");
    }

    @Test
    void quotasAreSetDescribedAndTakenAway() throws IOException {
        String[] describe = {"--describe", "--entity-type", "clients", "--entity-name", "shop"};
        tool(
                "kafka.admin.ConfigCommand",
                "--alter",
                "--entity-type",
                "clients",
                "--entity-name",
                "shop",
                "--add-config",
                "producer_byte_rate=1048576,consumer_byte_rate=2097152");
        eventually(
                output -> assertThat(output).contains("producer_byte_rate=1048576", "consumer_byte_rate=2097152"),
                "kafka.admin.ConfigCommand",
                describe);
        tool(
                "kafka.admin.ConfigCommand",
                "--alter",
                "--entity-type",
                "clients",
                "--entity-name",
                "shop",
                "--delete-config",
                "producer_byte_rate,consumer_byte_rate");
        eventually(output -> assertThat(output).doesNotContain("_byte_rate"), "kafka.admin.ConfigCommand", describe);
    }

    @Test
    void subscriptionsToClientMetricsAreMadeListedDescribedAndDeleted() throws IOException {
        String name = Clients.unique("metrics");
        String match = "client_software_name=apache-kafka-java,client_source_address=127.*";
        tool(
                "ClientMetricsCommand",
                "--alter",
                "--name",
                name,
                "--metrics",
                "org.apache.kafka.producer.,org.apache.kafka.consumer.",
                "--interval",
                "30000",
                "--match",
                match);
        eventually(output -> assertThat(output).contains(name), "ClientMetricsCommand", "--list");
        assertThat(tool("ClientMetricsCommand", "--describe", "--name", name))
                .contains("interval.ms=30000", "metrics=org.apache.kafka.producer.,org.apache.kafka.consumer.")
                .contains("match=" + match);
        tool("ClientMetricsCommand", "--delete", "--name", name);
        eventually(output -> assertThat(output).doesNotContain(name), "ClientMetricsCommand", "--list");
    }

    @Test
    void groupsAreListedDescribedResetAndDeleted() throws IOException {
        String topic = filled(10);
        String group = Clients.unique("tools-group");
        tool(
                "consumer.ConsoleConsumer",
                "--topic",
                topic,
                "--group",
                group,
                "--from-beginning",
                "--max-messages",
                "10");
        String command = "consumer.group.ConsumerGroupCommand";
        assertThat(tool(command, "--list")).contains(group);
        assertThat(tool(command, "--describe", "--group", group)).contains(topic);
        assertThat(tool(command, "--describe", "--group", group, "--state")).contains("Empty");
        String reset =
                tool(command, "--reset-offsets", "--group", group, "--topic", topic, "--to-earliest", "--execute");
        assertThat(reset.lines().filter(line -> line.contains(topic)))
                .hasSize(2)
                .allMatch(line -> line.strip().endsWith(" 0"));
        assertThat(tool(command, "--delete-offsets", "--group", group, "--topic", topic))
                .contains("Successful");
        assertThat(tool(command, "--delete", "--group", group)).contains("successful");
        assertThat(tool("GroupsCommand", "--list")).doesNotContain(group);
    }

    @Test
    void recordsAreDeletedAndDirectoriesDescribed(@TempDir Path directory) throws IOException {
        String topic = filled(20);
        Path file = directory.resolve("delete.json");
        Files.writeString(
                file, "{\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":-1}],\"version\":1}");
        assertThat(tool("DeleteRecordsCommand", "--offset-json-file", file.toString()))
                .containsPattern("partition: " + topic + "-0\\s+low_watermark: [0-9]+");
        assertThat(tool("LogDirsCommand", "--describe", "--topic-list", topic))
                .contains("\"partition\":\"" + topic + "-1\"");
    }

    @Test
    void theToolsForPerformanceRun() throws IOException {
        String topic = Clients.unique("perf");
        tool("TopicCommand", "--create", "--topic", topic);
        assertThat(tool(
                        "ProducerPerformance",
                        "--topic",
                        topic,
                        "--num-records",
                        "5000",
                        "--record-size",
                        "100",
                        "--throughput",
                        "-1"))
                .contains("5000 records sent");
        assertThat(tool("ConsumerPerformance", "--topic", topic, "--num-records", "5000"))
                .contains("5000");
    }

    @Test
    void theVerifiableClientsRun() throws IOException, InterruptedException {
        String topic = Clients.unique("verifiable");
        tool("TopicCommand", "--create", "--topic", topic);
        assertThat(toolAlone("VerifiableProducer", "--topic", topic, "--max-messages", "50")
                        .lines()
                        .filter(line -> line.contains("producer_send_success")))
                .hasSize(50);
        for (String protocol : List.of("classic", "consumer")) {
            String group = Clients.unique("verifiable");
            assertThat(tool(
                            "VerifiableConsumer",
                            "--topic",
                            topic,
                            "--group-id",
                            group,
                            "--max-messages",
                            "50",
                            "--reset-policy",
                            "earliest",
                            "--group-protocol",
                            protocol))
                    .contains("\"name\":\"records_consumed\"", "\"count\":50");
        }
    }

    @Test
    void theClusterDescribesItself() throws IOException {
        assertThat(tool("MetadataQuorumCommand", "describe", "--status")).contains("LeaderId", "HighWatermark");
        assertThat(tool("MetadataQuorumCommand", "describe", "--replication")).contains("Leader");
        assertThat(tool("BrokerApiVersionsCommand")).contains("Produce(0): 0 to 13", "Fetch(1): 4 to 18");
        assertThat(tools.run("ClusterTool", "cluster-id", "--bootstrap-server", server.bootstrap()))
                .contains("Cluster ID: ");
        assertThat(tool("FeatureCommand", "describe")).contains("metadata.version", "group.version");
    }
}
