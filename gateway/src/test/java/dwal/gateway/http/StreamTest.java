package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.OpenNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamTest {
    @TempDir
    static Path data;

    private static OpenNode node;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(
                data,
                Map.of(
                        // Four streams.
                        "dwal.gateway.queued.max.bytes", "1048576",
                        "dwal.gateway.request.timeout.ms", "3000",
                        "dwal.gateway.stream.heartbeat.ms", "100"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static void append(OpenNode to, String topic, String... values) {
        for (String value : values) {
            HttpResponse<String> answer =
                    to.http("POST", "/topics/" + topic + "/records", "{\"value\": {\"string\": \"" + value + "\"}}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
    }

    /** A client that listens. */
    private static final class Listener implements AutoCloseable {
        private final Socket socket = new Socket();
        private final BufferedReader lines;
        private final List<String> head = new ArrayList<>();

        Listener(OpenNode to, String path, String... headers) throws IOException {
            socket.setReceiveBufferSize(16 * 1024);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to.httpPort()));
            socket.setSoTimeout(20_000);
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            // HTTP/1.0: the body comes without the frames of chunks.
            String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.0\r\nhost: localhost\r\n" + more + "\r\n").getBytes(US_ASCII));
        }

        List<String> head() throws IOException {
            while (head.isEmpty() || !head.get(head.size() - 1).isEmpty()) {
                head.add(lines.readLine());
            }
            return head;
        }

        /** The next event, without comments; null at the end. */
        String event() throws IOException {
            head();
            while (true) {
                StringBuilder event = new StringBuilder();
                for (String line = lines.readLine(); ; line = lines.readLine()) {
                    if (line == null) {
                        return null;
                    }
                    if (line.isEmpty()) {
                        break;
                    }
                    if (!line.startsWith(":")) {
                        event.append(line).append('\n');
                    }
                }
                if (event.length() > 0) {
                    return event.toString();
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** One that gets a place: those of listeners that were closed before become free a moment later. */
    private static Listener listen(String path, String... headers) throws IOException {
        long giveUp = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            var listener = new Listener(node, path, headers);
            if (System.nanoTime() > giveUp || !listener.head().get(0).startsWith("HTTP/1.1 503")) {
                return listener;
            }
            listener.close();
        }
    }

    @Test
    void recordsComeAsEventsAsTheyAreAppended() throws IOException {
        append(node, "live", "one", "two");
        try (var listener = listen("/topics/live/partitions/0/stream?offset=1")) {
            assertThat(listener.head()).contains("content-type: text/event-stream", "cache-control: no-store");
            assertThat(listener.event())
                    .matches("id: 1\ndata: \\{\"partition\":0,\"offset\":1,\"timestamp\":\\d+,"
                            + "\"timestampType\":\"CreateTime\",\"key\":null,\"value\":\\{\"string\":\"two\"},"
                            + "\"headers\":\\[]}\n");
            append(node, "live", "three");
            assertThat(listener.event()).startsWith("id: 2\n").contains("\"three\"");
        }
    }

    @Test
    void aStreamBeginsAtTheEndUnlessToldOtherwise() throws IOException {
        append(node, "end", "old");
        try (var listener = listen("/topics/end/partitions/0/stream")) {
            listener.head();
            append(node, "end", "new");
            assertThat(listener.event()).contains("\"new\"");
        }
        try (var listener = listen("/topics/end/partitions/0/stream?last=2")) {
            assertThat(listener.event()).contains("\"old\"");
        }
    }

    @Test
    void aClientThatComesBackGoesOnBehindTheLastEventThatItHasSeen() throws IOException {
        append(node, "again", "0", "1", "2");
        try (var listener = listen("/topics/again/partitions/0/stream?offset=0", "Last-Event-ID: 1")) {
            assertThat(listener.event()).startsWith("id: 2\n");
        }
    }

    @Test
    void anEventIsOneLineOfDataWhateverIsInIt() throws IOException {
        node.http("POST", "/topics/lines/records", "{\"value\": {\"json\": [\n1,\r\n2]}}");
        append(node, "lines", "a\\r\\nb");
        try (var listener = listen("/topics/lines/partitions/0/stream?offset=0&format=json")) {
            assertThat(listener.event()).contains("{\"json\":[ 1,  2]}");
            assertThat(listener.event()).startsWith("id: 1\ndata: ").contains("base64");
        }
    }

    // ---- all partitions of a topic

    private static void create(String topic, int partitions) {
        HttpResponse<String> answer =
                node.http("POST", "/topics", "{\"name\": \"" + topic + "\", \"partitions\": " + partitions + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private static void appendTo(String topic, int partition, String value) {
        HttpResponse<String> answer = node.http(
                "POST",
                "/topics/" + topic + "/records",
                "{\"partition\": " + partition + ", \"value\": {\"string\": \"" + value + "\"}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void theRecordsOfAllPartitionsComeAsOneStream() throws IOException {
        create("whole", 3);
        appendTo("whole", 2, "old");
        try (var listener = listen("/topics/whole/stream")) {
            assertThat(listener.head()).contains("content-type: text/event-stream");
            appendTo("whole", 0, "a");
            assertThat(listener.event()).startsWith("id: 0:1,1:0,2:1\n").contains("\"partition\":0", "\"a\"");
            appendTo("whole", 2, "b");
            assertThat(listener.event()).startsWith("id: 0:1,1:0,2:2\n").contains("\"partition\":2", "\"b\"");
        }
        try (var listener = listen("/topics/whole/stream?last=5&partitions=0,2")) {
            assertThat(List.of(listener.event(), listener.event(), listener.event()))
                    .anyMatch(event -> event.contains("\"old\""))
                    .last()
                    .asString()
                    .startsWith("id: 0:1,2:2\n");
        }
    }

    @Test
    void aTopicsClientThatComesBackGoesOnInEachPartition() throws IOException {
        create("back", 3);
        for (int i = 0; i < 4; i++) {
            appendTo("back", 0, "zero-" + i);
            appendTo("back", 1, "one-" + i);
        }
        appendTo("back", 2, "unseen");
        try (var listener = listen("/topics/back/stream", "Last-Event-ID: 0:3,1:4")) {
            assertThat(listener.event()).startsWith("id: 0:4,1:4,2:1\n").contains("zero-3");
            appendTo("back", 1, "one-4");
            assertThat(listener.event()).startsWith("id: 0:4,1:5,2:1\n").contains("one-4");
        }
    }

    @Test
    void aPartitionThatCannotGoOnLeavesTheStreamToTheOthers() throws IOException {
        create("part", 2);
        appendTo("part", 0, "kept");
        try (var listener = listen("/topics/part/stream", "Last-Event-ID: 0:0,1:9")) {
            assertThat(listener.event())
                    .startsWith("event: problem\n")
                    .contains("\"error\":\"OFFSET_OUT_OF_RANGE\",\"partition\":1");
            assertThat(listener.event()).contains("kept");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/topics/none/partitions/0/stream, '', 404",
        "/topics/told/partitions/9/stream, '', 404",
        "/topics/told/partitions/0/stream?offset=5, '', 404",
        "/topics/told/partitions/0/stream, Last-Event-ID: 77, 404",
        "/topics/told/partitions/0/stream, Last-Event-ID: x, 400",
        "/topics/told/partitions/0/stream?limit=1, '', 400",
        "/topics/none/stream, '', 404",
        "/topics/told/stream?partitions=0%2C7, Last-Event-ID: 0:99, 404",
        "/topics/told/stream?partitions=x, '', 400",
        "/topics/told/stream?offset=0, '', 400",
        "/topics/told/stream?partitions=0%2C1%2C2%2C3%2C4, '', 400",
        "/topics/told/stream, Last-Event-ID: 7, 400",
    })
    void whatCannotBeStreamedIsToldAtOnce(String path, String header, int status) throws IOException {
        append(node, "told", "x");
        String[] headers = header.isEmpty() ? new String[0] : new String[] {header};
        try (var listener = listen(path, headers)) {
            assertThat(listener.head().get(0)).startsWith("HTTP/1.1 " + status);
        }
    }

    @Test
    void aStreamOnWhichNothingComesSaysAgainAndAgainThatItIsAlive() throws IOException {
        append(node, "silent", "x");
        try (var listener = listen("/topics/silent/partitions/0/stream")) {
            listener.head();
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                lines.add(listener.lines.readLine());
            }
            assertThat(lines).containsExactly(":", "", ":", "", ":", "", ":", "");
            append(node, "silent", "y");
            assertThat(listener.event()).contains("\"y\"");
        }
    }

    @Test
    void streamsThatAreTooManyAreRefusedUntilOthersEnd() throws IOException {
        append(node, "many", "x");
        List<Listener> open = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            open.add(listen("/topics/many/partitions/0/stream"));
            assertThat(open.get(i).head().get(0)).startsWith("HTTP/1.1 200");
        }
        assertThat(node.http("GET", "/topics/many/partitions/0/stream", "").statusCode())
                .isEqualTo(503);
        for (Listener each : open) {
            each.close();
        }
        OpenNode.await("there is room again", () -> {
            try (var next = new Listener(node, "/topics/many/partitions/0/stream")) {
                return next.head().get(0).startsWith("HTTP/1.1 200");
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void clientsThatTakeNothingAreLetGo() throws IOException {
        append(
                node,
                "slow",
                java.util.Collections.nCopies(80, "x".repeat(100_000)).toArray(String[]::new));
        List<Listener> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                slow.add(listen("/topics/slow/partitions/0/stream?offset=0"));
                assertThat(slow.get(i).head().get(0)).startsWith("HTTP/1.1 200");
            }
            // Eight megabytes wait for each; after the request timeout the node gives up.
            OpenNode.await("there is room again", () -> {
                try (var next = new Listener(node, "/topics/slow/partitions/0/stream")) {
                    return next.head().get(0).startsWith("HTTP/1.1 200");
                } catch (IOException e) {
                    return false;
                }
            });
        } finally {
            for (Listener each : slow) {
                each.close();
            }
        }
    }

    @Test
    void aNodeThatStopsEndsItsStreamsAndDoesNotWaitForThem(@TempDir Path own) throws IOException {
        var other = OpenNode.alone(own, Map.of());
        append(other, "stop", "x");
        try (var listener = new Listener(other, "/topics/stop/partitions/0/stream?offset=0")) {
            assertThat(listener.event()).startsWith("id: 0\n");
            long before = System.nanoTime();
            other.close();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
            assertThat(listener.event()).isNull();
        }
    }
}
