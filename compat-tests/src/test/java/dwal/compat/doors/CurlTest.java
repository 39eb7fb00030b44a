package dwal.compat.doors;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The commands of the log that dwal grew from, as people type them. */
class CurlTest {
    private static final DwalProcess NODE = new DwalProcess(Map.of());

    @BeforeAll
    static void start() throws Exception {
        Requirement.that(
                new ProcessBuilder("sh", "-c", "command -v curl").start().waitFor() == 0,
                "no curl here (Debian: curl)");
        NODE.start();
    }

    @AfterAll
    static void stop() {
        NODE.close();
    }

    private static String curl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--max-time", "60"));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("curl", ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int status = process.waitFor();
        String text = Files.readString(output);
        Files.delete(output);
        assertThat(status).as(text).isZero();
        return text;
    }

    @Test
    void theOriginalsOwnCommandsGiveItsAnswers() throws Exception {
        String post = curl("-X", "POST", NODE.http(), "-d", "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}");
        assertThat(post).isEqualTo("{\"offset\":0}\n");
        String get = curl("-X", "GET", NODE.http(), "-d", "{\"offset\": 0}");
        assertThat(get).isEqualTo("{\"record\":{\"value\":\"BLA1234567FOOBAR\",\"offset\":0}}\n");
        assertThat(curl("http://" + NODE.http() + "/?offset=0")).isEqualTo(get);
        assertThat(curl("-w", "%{http_code}", "-o", "/dev/null", "http://" + NODE.http() + "/?offset=10"))
                .isEqualTo("404");

        assertThat(firstRecord()).hasSize(12);
    }

    @Test
    void everyTopicIsWrittenReadAndDescribedWithCurl() throws Exception {
        String at = NODE.http() + "/topics";
        assertThat(curl(at, "-d", "{\"name\": \"curled\", \"partitions\": 2}")).contains("\"name\":\"curled\"");
        String retry = "Idempotency-Key: one";
        String body = "{\"key\": {\"string\": \"k\"}, \"value\": {\"json\": {\"amount\": 1.10}}, \"partition\": 1}";
        String first = curl(at + "/curled/records", "-H", retry, "-d", body);
        assertThat(first).startsWith("{\"offsets\":[{\"partition\":1,\"offset\":0,");
        assertThat(curl(at + "/curled/records", "-H", retry, "-d", body)).isEqualTo(first);
        assertThat(curl(at + "/curled/partitions/1/records?offset=0&format=json"))
                .contains("\"value\":{\"json\":{\"amount\": 1.10}}")
                .contains("\"nextOffset\":1,");
        assertThat(curl("--head", at + "/curled")).startsWith("HTTP/1.1 200");
        assertThat(curl("-X", "PATCH", at + "/curled/configs", "-d", "{\"configs\": {\"retention.ms\": \"1000\"}}"))
                .contains("\"name\":\"retention.ms\",\"value\":\"1000\"");
        assertThat(curl(NODE.http() + "/groups")).contains("\"groups\":[");
        assertThat(curl(NODE.http() + "/cluster")).contains("\"leaderlessPartitions\":0");
        assertThat(curl("-X", "DELETE", "-w", "%{http_code}", at + "/curled")).isEqualTo("204");
    }

    @Test
    void aStreamGivesRecordsAsEvents() throws Exception {
        String at = NODE.http() + "/topics/streamed";
        curl(
                at + "/records",
                "-d",
                "{\"records\": [{\"value\": {\"string\": \"a\"}}, {\"value\": {\"string\": \"b\"}}]}");
        Process process = new ProcessBuilder(
                        "curl", "-N", "-sS", "--max-time", "60", at + "/partitions/0/stream", "-H", "Last-Event-ID: 0")
                .redirectErrorStream(true)
                .start();
        try (var lines = process.inputReader()) {
            assertThat(lines.readLine()).isEqualTo(":");
            assertThat(lines.readLine()).isEmpty();
            assertThat(lines.readLine()).isEqualTo("id: 1");
            assertThat(lines.readLine()).startsWith("data: {").contains("{\"string\":\"b\"}");
        } finally {
            process.destroy();
        }
    }

    private static byte[] firstRecord() {
        Map<String, Object> settings = Map.of("bootstrap.servers", NODE.bootstrap(), "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition("log", 0)));
            for (int i = 0; i < 100; i++) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    return record.value();
                }
            }
        }
        throw new AssertionError("no record came");
    }

    @Test
    void aLargeBodyIsRefusedWithAReason(@org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
        Path body = Files.write(folder.resolve("body"), "x".repeat(3_000_000).getBytes(StandardCharsets.UTF_8));

        assertThat(curl("-X", "POST", NODE.http(), "-w", "%{http_code}", "--data-binary", "@" + body))
                .contains("dwal.gateway.max.request.bytes")
                .endsWith("413");
    }
}
