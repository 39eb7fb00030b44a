package dwal.gateway.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** An {@link HttpAnswer} as Netty's codec takes it. Any thread. */
final class HttpResponses {
    private HttpResponses() {}

    /** Head and body; of one whose body goes on, which only the head was asked for, no length is told. */
    static FullHttpResponse whole(HttpAnswer answer, boolean keepAlive, boolean headOnly) {
        HttpResponse head = head(answer, keepAlive);
        if (answer.stream() == null && hasBody(answer.status())) {
            head.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
        }
        return new DefaultFullHttpResponse(
                head.protocolVersion(),
                head.status(),
                headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body()),
                head.headers(),
                new DefaultHttpHeaders());
    }

    /** Some have none whose length could be told: of a 304 it would be that of the whole. */
    private static boolean hasBody(int status) {
        return status != HttpResponseStatus.NO_CONTENT.code() && status != HttpResponseStatus.NOT_MODIFIED.code();
    }

    static HttpResponse head(HttpAnswer answer, boolean keepAlive) {
        var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()));
        if (!answer.contentType().isEmpty()) {
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
        }
        head.headers().set("x-content-type-options", "nosniff");
        answer.headers().forEach(head.headers()::set);
        // To clients of HTTP/1.0 too, which else would not know.
        head.headers()
                .set(HttpHeaderNames.CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        return head;
    }
}
