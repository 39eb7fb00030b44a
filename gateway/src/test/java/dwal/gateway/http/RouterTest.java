package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Clock;
import dwal.gateway.log.Caller;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
    static final Course COURSE = new Course(
            Clock.system(),
            operation -> {
                throw new AssertionError("nothing is sent");
            },
            Caller.NOBODY,
            0);

    private final Router router = new Router()
            .onGet("/", request -> text("root"))
            .onGet("/topics", request -> text("topics"))
            .on("DELETE", "/topics/{topic}", request -> Router.done(text("delete " + request.path("topic"))))
            .on("POST", "/topics/{topic}", request -> Router.done(text("post")))
            .onGet("/topics/{topic}/partitions/{partition}", request -> text(new TreeMap<>(request.path()).toString()))
            .onGet("/ui/{file...}", request -> text("file " + request.path("file")))
            .onGet("/number", request -> text("" + request.query().number("n", 1, 10, 5)));

    private static HttpAnswer text(String text) {
        return HttpAnswer.of("text/plain", text.getBytes(UTF_8));
    }

    private HttpAnswer answer(String method, String uri) {
        return router.answer(
                        HttpMethod.valueOf(method),
                        uri,
                        new DefaultHttpHeaders(),
                        Unpooled.EMPTY_BUFFER,
                        COURSE,
                        () -> false)
                .join();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/|root",
                "HEAD|/|root",
                "GET|/?x=1|root",
                "GET|/topics|topics",
                "DELETE|/topics/a%2Fb+c|delete a/b+c",
                "GET|/topics/t/partitions/7|{partition=7, topic=t}",
                "GET|/ui/|file",
                "GET|/ui/a/b.js|file a/b.js",
                "GET|/number|5",
                "GET|/number?n=10|10",
            })
    void aPathLeadsToItsHandler(String method, String uri, String body) {
        HttpAnswer answer = answer(method, uri);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(new String(answer.body(), UTF_8).strip()).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource({"/nowhere", "/topics/", "/topics/t/partitions", "/ui", "//topics", "/topics/t/partitions/7/"})
    void otherPathsLeadNowhere(String uri) {
        assertThat(answer("GET", uri).status()).isEqualTo(404);
    }

    @Test
    void anotherMethodIsToldWhichThereAre() {
        HttpAnswer answer = answer("GET", "/topics/t");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.headers()).containsEntry("allow", "DELETE, POST");
        assertThat(answer("POST", "/topics").headers()).containsEntry("allow", "GET, HEAD");
    }

    @ParameterizedTest
    @CsvSource({
        "/number?n=11",
        "/number?n=0",
        "/number?n=x",
        "/number?n=1&n=2",
        "/number?n=99999999999999999999",
        "/%zz",
        "/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s&t&u&v&w&x&y&z&1&2&3&4&5&6&7&8"
    })
    void parametersThatMakeNoSenseAreTold(String uri) {
        assertThat(answer("GET", uri).status()).isEqualTo(400);
    }

    @Test
    void aRouteHasOneHandler() {
        assertThatThrownBy(() -> router.onGet("/topics", request -> text("again")))
                .hasMessageContaining("GET /topics");
    }
}
