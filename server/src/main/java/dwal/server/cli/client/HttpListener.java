package dwal.server.cli.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.apache.kafka.common.errors.InterruptException;

/**
 * A node's HTTP listener, which tells what Kafka's protocol has no words for. One thread.
 *
 * @param address HOST:PORT
 */
record HttpListener(String address, Duration timeout) {

    /** The body of the answer. Throws {@link IllegalArgumentException} if the address is none. */
    String get(String path) {
        URI uri = URI.create("http://" + address + path);
        if (uri.getHost() == null || uri.getPort() < 0) {
            throw new IllegalArgumentException(address + " is not HOST:PORT");
        }
        HttpResponse<String> answer = answer(uri);
        if (answer.statusCode() != 200) {
            throw new RequestFailure(address + " answers with " + answer.statusCode() + ": "
                    + answer.body().strip());
        }
        return answer.body();
    }

    private HttpResponse<String> answer(URI uri) {
        var client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build();
        try {
            return client.send(HttpRequest.newBuilder(uri).timeout(timeout).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            String reason = e.getMessage() == null ? "connection refused" : e.getMessage();
            throw new RequestFailure("nobody answers HTTP at " + address + " (" + reason + ")");
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
