package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleResourceTest {
    private static final Path FILES = Path.of("src/main/resources/ui");
    private static final Pattern IMPORT = Pattern.compile("(?:from|src=|href=) ?['\"]([\\w./-]+\\.\\w+)['\"]");

    private final Router router = new Router();

    ConsoleResourceTest() {
        new ConsoleResource(true).addTo(router);
    }

    private HttpAnswer get(String uri, String... headers) {
        var all = new DefaultHttpHeaders();
        for (int i = 0; i < headers.length; i += 2) {
            all.set(headers[i], headers[i + 1]);
        }
        return router.answer(HttpMethod.GET, uri, all, Unpooled.EMPTY_BUFFER, RouterTest.COURSE, () -> false)
                .join();
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(FILES)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void allFilesAreServedWithTheirTypeAndAStrictPolicy() throws IOException {
        for (Path file : files()) {
            HttpAnswer answer = get("/ui/" + FILES.relativize(file));

            assertThat(answer.status()).as("%s", file).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(Files.readAllBytes(file));
            assertThat(answer.contentType()).matches("(text/(html|javascript|css); charset=utf-8|image/svg\\+xml)");
            assertThat(answer.headers().get("content-security-policy"))
                    .startsWith("default-src 'none'; script-src 'self'; ")
                    .doesNotContain("unsafe")
                    .contains("require-trusted-types-for 'script'; trusted-types 'none'");
        }
        assertThat(get("/ui/").body()).isEqualTo(Files.readAllBytes(FILES.resolve("index.html")));
    }

    @Test
    void aFileThatTheBrowserHasIsNotSentAgain() {
        String etag = get("/ui/app.js").headers().get("etag");

        HttpAnswer again = get("/ui/app.js", "if-none-match", etag);
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.headers()).containsEntry("etag", etag).containsEntry("cache-control", "no-cache");
        assertThat(get("/ui/app.js", "if-none-match", "\"another\"").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/ui/none.js", "/ui/../dwal/gateway/Main.class", "/ui/%2e%2e/x.js", "/ui/pages", "/ui/a/b/c.js"})
    void nothingElseOfTheClassPathIsServed(String uri) {
        assertThat(get(uri).status()).isEqualTo(404);
    }

    @Test
    void theShortAddressLeadsToTheConsole() {
        assertThat(get("/ui").status()).isEqualTo(302);
        assertThat(URI.create("http://node/ui").resolve(get("/ui").headers().get("location")))
                .hasToString("http://node/ui/");
    }

    @Test
    void itIsToldWhetherItMayWrite() {
        assertThat(new String(get("/ui/settings").body(), UTF_8)).isEqualTo("{\"write\":true}\n");
    }

    @Test
    void itIsSmallAndRefersToItsOwnFilesOnly() throws IOException {
        long size = 0;
        for (Path file : files()) {
            size += Files.size(file);
            String text = Files.readString(file);
            assertThat(text.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http://", "https://", "//cdn");
            assertThat(text).doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(");
            IMPORT.matcher(text)
                    .results()
                    .map(found -> file.resolveSibling(found.group(1)).normalize())
                    .forEach(other -> assertThat(other).exists());
        }
        assertThat(size).isLessThan(200_000);
    }
}
