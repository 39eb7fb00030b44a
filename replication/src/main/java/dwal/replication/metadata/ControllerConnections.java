package dwal.replication.metadata;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.InterBrokerSendThread;
import org.apache.kafka.server.util.RequestAndCompletionHandler;

/**
 * Connections to the controllers of other nodes, over Kafka's own network client: one for each controller and each {@link
 * ControllerRequest.Kind}, opened when needed. Its one thread sleeps while nothing is under way; methods are for any thread.
 */
final class ControllerConnections extends InterBrokerSendThread {
    private record Destination(ControllerRequest.Kind kind, int id, String host, int port) {}

    private final Time time;
    private final Queue<RequestAndCompletionHandler> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Node> toDrop = new ConcurrentLinkedQueue<>();

    /** The client tells connections apart by the id of their node only, so each has a number in its place. */
    private final Map<Destination, Node> numbered = new ConcurrentHashMap<>();

    private final AtomicInteger numbers = new AtomicInteger();

    /** Takes over {@code client}, and closes it in {@link #shutdown}. Nothing is sent before {@link #start}. */
    ControllerConnections(String threadName, KafkaClient client, int requestTimeoutMs, Time time) {
        super(threadName, client, requestTimeoutMs, time, false);
        this.time = time;
    }

    /** Sends {@code request}; fails with {@link DisconnectException} when there is no connection, or not any more. */
    CompletableFuture<AbstractResponse> send(
            ControllerRequest.Kind kind, Node controller, AbstractRequest.Builder<?> request) {
        var answer = new CompletableFuture<AbstractResponse>();
        requests.add(new RequestAndCompletionHandler(
                time.milliseconds(), numbered(kind, controller), request, response -> complete(answer, response)));
        wakeup();
        return answer;
    }

    /** Closes a connection on which nothing comes any more; what waits for an answer there fails. */
    void drop(ControllerRequest.Kind kind, Node controller) {
        toDrop.add(numbered(kind, controller));
        wakeup();
    }

    private Node numbered(ControllerRequest.Kind kind, Node controller) {
        return numbered.computeIfAbsent(
                new Destination(kind, controller.id(), controller.host(), controller.port()),
                to -> new Node(numbers.getAndIncrement(), to.host(), to.port()));
    }

    private static void complete(CompletableFuture<AbstractResponse> answer, ClientResponse response) {
        if (response.authenticationException() != null) {
            answer.completeExceptionally(response.authenticationException());
        } else if (response.versionMismatch() != null) {
            answer.completeExceptionally(response.versionMismatch());
        } else if (response.wasDisconnected()) {
            answer.completeExceptionally(DisconnectException.INSTANCE);
        } else {
            answer.complete(response.responseBody());
        }
    }

    @Override
    public Collection<RequestAndCompletionHandler> generateRequests() {
        for (Node node = toDrop.poll(); node != null; node = toDrop.poll()) {
            networkClient.disconnect(node.idString());
        }
        List<RequestAndCompletionHandler> all = new ArrayList<>();
        for (var request = requests.poll(); request != null; request = requests.poll()) {
            all.add(request);
        }
        return all;
    }
}
