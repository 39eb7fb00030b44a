package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.gateway.OpenNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDoorTest {
    @TempDir
    static Path data;

    private static OpenNode node;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(
                data,
                Map.of(
                        "dwal.gateway.max.request.bytes", "20000",
                        "dwal.gateway.queued.max.bytes", "60000",
                        "dwal.gateway.max.connections", "40",
                        "dwal.gateway.request.timeout.ms", "2000"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static long append(String value) {
        String encoded = Base64.getEncoder().encodeToString(value.getBytes(UTF_8));
        HttpResponse<String> answer = node.http("POST", "/", "{\"record\": {\"value\": \"" + encoded + "\"}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Long.parseLong(answer.body().replaceAll("\\D", ""));
    }

    /** Sends {@code bytes} as they are, and gives what comes until the node closes. */
    private static String raw(String bytes) throws IOException {
        try (var socket = connect()) {
            socket.getOutputStream().write(bytes.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static boolean isClosed(Socket socket) {
        try {
            socket.setSoTimeout(10);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void whatWasAppendedIsReadAtItsOffset() {
        HttpResponse<String> appended = node.http("POST", "/", "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}");

        assertThat(appended.body()).matches("\\{\"offset\":\\d+}\n");
        String offset = appended.body().replaceAll("\\D", "");
        HttpResponse<String> read = node.http("GET", "/", "{\"offset\": " + offset + "}");
        assertThat(read.statusCode()).isEqualTo(200);
        assertThat(read.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(read.body()).isEqualTo("{\"record\":{\"value\":\"BLA1234567FOOBAR\",\"offset\":" + offset + "}}\n");
        assertThat(node.http("GET", "/?offset=" + offset, "").body()).isEqualTo(read.body());
    }

    @Test
    void offsetsFollowOneAnother() {
        long first = append("one");

        assertThat(append("two")).isEqualTo(first + 1);
    }

    @Test
    void anEmptyValueIsAValue() {
        assertThat(node.http("GET", "/?offset=" + append(""), "").body()).contains("\"value\":\"\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000000", "18446744073709551615", "99999999999999999999"})
    void anOffsetThatIsNotThereIsNotFound(String offset) {
        HttpResponse<String> answer = node.http("GET", "/", "{\"offset\": " + offset + "}");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains(offset).contains("\"error\":\"OFFSET_OUT_OF_RANGE\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST|/|''|not a JSON object",
                "POST|/|nonsense|not JSON",
                "POST|/|{\"record\": {\"value\": \"BLA|not JSON",
                "POST|/|[]|not a JSON object",
                "POST|/|{}|no record",
                "POST|/|{\"record\": 1}|record is not an object",
                "POST|/|{\"record\": {}}|record.value is missing",
                "POST|/|{\"record\": {\"value\": 1}}|not a string",
                "POST|/|{\"record\": {\"value\": null}}|not a string",
                "POST|/|{\"record\": {\"value\": \"=?=\"}}|not base64",
                "POST|/|{\"record\": {\"value\": \"BLA1234567FOOBA\"}}|not base64",
                "POST|/|{\"record\": {\"value\": \"AAAA\"}} {}|more behind",
                "POST|/|{\"record\": {\"value\": \"AAAA\", \"value\": \"BBBB\"}}|Duplicate",
                "GET|/|''|one offset",
                "GET|/?offset=1|{\"offset\": 1}|one offset",
                "GET|/?offset=1&offset=2|''|one offset",
                "GET|/?offset=x|''|whole number",
                "GET|/?offset=-1|''|negative",
                "GET|/|{\"offset\": -1}|negative",
                "GET|/|{\"offset\": 1.5}|whole number",
                "GET|/|{\"offset\": \"1\"}|whole number",
                "GET|/|{\"offset\": 1e400000000}|whole number",
            })
    void whatMakesNoSenseIsTold(String method, String path, String body, String reason) {
        HttpResponse<String> answer = node.http(method, path, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains("\"status\":400").contains(reason);
    }

    @Test
    void deeplyNestedJsonIsRefused() {
        String body = "{\"x\": " + "[".repeat(9_000) + "]".repeat(9_000) + "}";

        assertThat(node.http("POST", "/", body).statusCode()).isEqualTo(400);
    }

    @Test
    void unknownFieldsArePassedOver() {
        String body = "{\"more\": [1, {\"record\": 2}], \"record\": {\"offset\": 7, \"value\": \"AAAA\"}}";

        assertThat(node.http("POST", "/", body).statusCode()).isEqualTo(200);
    }

    @Test
    void otherPathsAndMethodsAreTold() {
        assertThat(node.http("GET", "/nowhere", "").statusCode()).isEqualTo(404);
        HttpResponse<String> deleted = node.http("DELETE", "/", "");
        assertThat(deleted.statusCode()).isEqualTo(405);
        assertThat(deleted.headers().firstValue("allow")).hasValue("GET, HEAD, POST");
    }

    @Test
    void healthIsTold() {
        assertThat(node.http("GET", "/health/live", "").body()).isEqualTo("{\"status\":\"live\"}\n");
        assertThat(node.http("GET", "/health/ready", "").body()).isEqualTo("{\"status\":\"ready\"}\n");
    }

    @Test
    void whatIsNotHttpIsRefusedAndTheConnectionEnds() throws IOException {
        assertThat(raw("\0\0\0\u0012\0\u0012\0\3 nonsense\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("This is not HTTP");
    }

    @Test
    void largeHeadersAndAddressesAreRefused() throws IOException {
        assertThat(raw("GET / HTTP/1.1\r\nhost: localhost\r\nx: " + "y".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431");
        assertThat(raw("GET /?offset=" + "1".repeat(5_000) + " HTTP/1.1\r\nhost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414");
    }

    @Test
    void largeBodiesAreRefusedToldOrNot() throws IOException {
        assertThat(raw("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999999999999\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(raw("POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n7530\r\n"
                        + "x".repeat(0x7530) + "\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(raw("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
    }

    @Test
    void requestsThatDoNotComeToTheirEndAreEnded() throws IOException {
        assertThat(raw("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"))
                .startsWith("HTTP/1.1 408");
        assertThat(raw("GET / HT")).startsWith("HTTP/1.1 408");
    }

    @Test
    void allUnfinishedBodiesTogetherAreBounded() throws IOException {
        OpenNode.await("the node is full", this::isFullOfUnfinishedBodies);
        OpenNode.await(
                "there is room again",
                () -> node.http("POST", "/", " ".repeat(19_000)).statusCode() == 400);
    }

    /** Of three bodies at once, which the node waits for two seconds long: on a busy machine not always long enough. */
    private boolean isFullOfUnfinishedBodies() {
        try (Socket one = beginPosting();
                Socket two = beginPosting();
                Socket three = beginPosting()) {
            String body = " ".repeat(19_000);
            String fourth =
                    "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 19000\r\n\r\n" + body;
            for (int i = 0; i < 20; i++) {
                if (raw(fourth).startsWith("HTTP/1.1 503")) {
                    return one.isConnected() && two.isConnected() && three.isConnected();
                }
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Socket beginPosting() throws IOException {
        Socket socket = connect();
        String head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20000\r\n\r\n";
        socket.getOutputStream().write((head + " ".repeat(19_000)).getBytes(US_ASCII));
        return socket;
    }

    @Test
    void answersComeInTheOrderOfRequestsThatWereSentAtOnce() throws IOException {
        long offset = append("a");
        append("b");
        String get = "GET /?offset=%d HTTP/1.1\r\nhost: localhost\r\n%s\r\n";

        String answers = raw(get.formatted(offset, "") + get.formatted(offset + 1, "connection: close\r\n"));

        assertThat(answers.indexOf("\"offset\":" + offset))
                .isPositive()
                .isLessThan(answers.indexOf("\"offset\":" + (offset + 1)));
    }

    @Test
    void pagesOfOtherOriginsAreRefused() throws IOException {
        String post = "POST / HTTP/1.1\r\nhost: %s\r\n%sconnection: close\r\ncontent-length: 31\r\n\r\n"
                + "{\"record\": {\"value\": \"BLA123==\"}}".substring(0, 31);
        assertThat(raw(post.formatted("localhost:8080", "origin: http://evil.example\r\n")))
                .startsWith("HTTP/1.1 403");
        assertThat(raw(post.formatted("evil.example", ""))).startsWith("HTTP/1.1 403");
        assertThat(raw(post.formatted("localhost:8080", "origin: http://localhost:8080\r\n")))
                .doesNotStartWith("HTTP/1.1 403");
    }

    @Test
    void connectionsThatAreTooManyAreClosedAndOthersGoOn() throws IOException {
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 45; i++) {
                open.add(connect());
            }
            OpenNode.await(
                    "some are closed", () -> open.subList(40, 45).stream().anyMatch(HttpDoorTest::isClosed));
            Socket first = open.get(0);
            first.getOutputStream().write("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n".getBytes(US_ASCII));
            InputStream answer = first.getInputStream();
            assertThat(new String(answer.readNBytes(15), US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
        } finally {
            for (Socket each : open) {
                each.close();
            }
        }
        OpenNode.await("there is room again", () -> {
            try {
                return raw("GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                        .startsWith("HTTP/1.1 200");
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void aTakenPortThatSomebodyAskedForIsAFailure(@TempDir Path other) throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> wanted = Map.of("dwal.http.listener", "127.0.0.1:" + taken.getLocalPort());

            assertThatThrownBy(() -> OpenNode.alone(other, wanted)).hasMessageContaining("HTTP cannot be served at");
        }
    }
}
