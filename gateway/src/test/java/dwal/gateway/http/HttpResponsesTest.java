package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.FullHttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpResponsesTest {
    private static final HttpAnswer TEXT = HttpAnswer.of("text/plain", "four".getBytes(UTF_8));

    @Test
    void anAnswerTellsItsLengthAndType() {
        FullHttpResponse response = HttpResponses.whole(TEXT.with("etag", "\"7\""), true, false);
        assertThat(response.status().code()).isEqualTo(200);
        assertThat(response.content().toString(UTF_8)).isEqualTo("four");
        assertThat(response.headers().get("content-length")).isEqualTo("4");
        assertThat(response.headers().get("content-type")).isEqualTo("text/plain");
        assertThat(response.headers().get("etag")).isEqualTo("\"7\"");
    }

    @Test
    void whoAsksForTheHeadIsToldTheLengthOfTheBody() {
        FullHttpResponse response = HttpResponses.whole(TEXT, true, true);
        assertThat(response.content().readableBytes()).isZero();
        assertThat(response.headers().get("content-length")).isEqualTo("4");
    }

    @Test
    void theLengthOfABodyThatGoesOnIsNotTold() {
        HttpAnswer stream = new HttpAnswer(200, "text/event-stream", new byte[0], Map.of(), new NoStream());
        FullHttpResponse response = HttpResponses.whole(stream, true, true);
        assertThat(response.headers().contains("content-length")).isFalse();
    }

    /** RFC 9110, 8.6: in a 204 there must be none, and in a 304 it would be that of the whole. */
    @Test
    void whatHasNoBodyHasNoLength() {
        for (HttpAnswer answer : new HttpAnswer[] {HttpAnswer.nothing(), TEXT.notModified()}) {
            FullHttpResponse response = HttpResponses.whole(answer, true, false);
            assertThat(response.headers().contains("content-length"))
                    .as("status " + answer.status())
                    .isFalse();
            assertThat(response.headers().contains("content-type")).isFalse();
            assertThat(response.content().readableBytes()).isZero();
        }
    }

    @Test
    void anEmptyBodyHasALength() {
        FullHttpResponse response = HttpResponses.whole(HttpAnswer.redirect("ui/"), true, false);
        assertThat(response.headers().get("content-length")).isEqualTo("0");
        assertThat(response.headers().get("location")).isEqualTo("ui/");
    }

    /** Clients of HTTP/1.0 would not know, else. */
    @ParameterizedTest
    @CsvSource({"true, keep-alive", "false, close"})
    void whetherTheConnectionStaysIsAlwaysTold(boolean keepAlive, String told) {
        assertThat(HttpResponses.head(TEXT, keepAlive).headers().get("connection"))
                .isEqualTo(told);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404, 503})
    void noBrowserGuessesWhatABodyIs(int status) {
        HttpAnswer answer = HttpAnswer.problem(status, "Title", "detail");
        assertThat(HttpResponses.head(answer, true).headers().get("x-content-type-options"))
                .isEqualTo("nosniff");
    }

    private static final class NoStream implements BodyStream {
        @Override
        public void begin(Out out) {}

        @Override
        public void roomAgain() {}

        @Override
        public void over() {}
    }
}
