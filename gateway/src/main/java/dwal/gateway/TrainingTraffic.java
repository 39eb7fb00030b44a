package dwal.gateway;

import dwal.gateway.grpc.TrainingCalls;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * What clients commonly do at each door, done once against a node that records which classes it loads ({@code bin/build}). Runs in a
 * process of its own; not part of a node.
 */
public final class TrainingTraffic {
    private TrainingTraffic() {}

    /** Talks to the node whose Kafka, HTTP and gRPC listeners are at {@code arguments[0]}, {@code [1]} and {@code [2]}. */
    public static void main(String[] arguments) throws Exception {
        dwal.server.cli.TrainingTraffic.main(arguments);
        HttpClient client = HttpClient.newHttpClient();
        send(client, arguments[1], "POST", "/", "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}");
        send(client, arguments[1], "GET", "/", "{\"offset\": 0}");
        send(client, arguments[1], "GET", "/?offset=1000000", "");
        send(client, arguments[1], "GET", "/health/ready", "");
        send(client, arguments[1], "POST", "/topics", "{\"name\": \"trained\"}");
        send(client, arguments[1], "POST", "/topics/trained/records", "{\"value\": {\"json\": [1]}}");
        send(client, arguments[1], "GET", "/topics/trained/partitions/0/records?format=json", "");
        send(client, arguments[1], "GET", "/topics", "");
        send(client, arguments[1], "GET", "/topics/trained", "");
        send(client, arguments[1], "GET", "/groups", "");
        send(client, arguments[1], "GET", "/cluster", "");
        TrainingCalls.make(arguments[2]);
    }

    private static void send(HttpClient client, String node, String method, String path, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://" + node + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        int status = client.send(request, BodyHandlers.ofString()).statusCode();
        if (status >= 500) {
            throw new IllegalStateException(method + " " + path + " was answered with " + status);
        }
    }
}
