package dwal.compat.doors;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus' own client for Python reads in the metrics of a node. */
class PrometheusTest {
    private static final String PYTHON =
            Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
    private static final String SCRIPT = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families
            families = list(text_string_to_metric_families(open(sys.argv[1], encoding="utf-8").read()))
            for family in families:
                assert family.type != "unknown" and family.documentation, family
                for sample in family.samples:
                    assert sample.value == sample.value, sample
            samples = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}
            count = samples[("dwal_request_duration_seconds_count", (("api", "Produce"),))]
            last = samples[("dwal_request_duration_seconds_bucket", (("api", "Produce"), ("le", "+Inf")))]
            assert count == last == 3, (count, last)
            assert samples[("dwal_log_end_offset", (("partition", "0"), ("topic", "metered")))] == 3
            print(len(families), "families")
            """;

    @TempDir
    Path directory;

    @Test
    void theMetricsAreReadByAParserOfPrometheus() throws Exception {
        Requirement.that(
                new ProcessBuilder(PYTHON, "-c", "import prometheus_client")
                                .start()
                                .waitFor()
                        == 0,
                "no prometheus_client for Python here (Debian: python3-prometheus-client)");
        try (var node = new DwalProcess(Map.of())) {
            node.start();
            try (var producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", node.bootstrap()), new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < 3; i++) {
                    producer.send(new ProducerRecord<>("metered", "a \"value\""))
                            .get();
                }
            }
            var request = HttpRequest.newBuilder(URI.create("http://" + node.http() + "/metrics"))
                    .build();
            Path page = directory.resolve("metrics.txt");
            HttpClient.newHttpClient().send(request, BodyHandlers.ofFile(page));
            Process python = new ProcessBuilder(PYTHON, "-c", SCRIPT, page.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(python.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(python.waitFor()).as(said).isZero();
            assertThat(said).containsPattern("^[4-9]\\d families");
        }
    }
}
