package dwal.server.network;

import dwal.environment.Clock;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices clients that ask again and again who leads a topic, are told, and never ask for anything else: most likely they cannot reach the
 * address that is advertised to them. Each is named in the log once.
 *
 * <p>What a client does on a connection that it works over is never looked at: there is one look-up for each connection, and one for each
 * answer with metadata on a connection over which nothing else was asked. Any thread.
 */
final class GhostClients {
    private static final Logger log = LoggerFactory.getLogger("dwal.clients");
    /** How many clients are remembered; the one heard of longest ago is forgotten. */
    static final int REMEMBERED = 1000;
    /** Clients that start may ask a few times: while a topic is being made, say. */
    static final int ASKED_OFTEN = 3;

    static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** On one connection, more seldom than this is what a client does that has nothing to do. */
    static final long OFTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final int LONGEST_NAME = 100;

    private final Clock clock;
    private final Map<Key, Client> clients = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Client> eldest) {
            return size() > REMEMBERED;
        }
    };

    GhostClients(Clock clock) {
        this.clock = clock;
    }

    /** Clients of one name at one address are taken for one: it is enough that one of them gets somewhere. */
    private record Key(InetAddress address, String clientId) {}

    /** What is known of a client. */
    private static final class Client {
        /** It has asked for something else, or was named already. */
        private boolean settled;

        private int asked;
        private long firstNanos;
        private long lastNanos;
        private String lastConnection = "";
    }

    /** The client has asked for something that only the right node answers, so it gets there. */
    void works(InetAddress address, String clientId) {
        synchronized (clients) {
            client(address, clientId).settled = true;
        }
    }

    /** A client that has done nothing else on {@code connection} was told who leads what. */
    void told(InetAddress address, String clientId, String connection, String listener, MetadataResponseData answer) {
        if (!namesLeaders(answer)) {
            return;
        }
        long now = clock.nanoTime();
        int asked;
        long nanos;
        synchronized (clients) {
            Client client = client(address, clientId);
            if (client.settled || !isOneTooMany(client, connection, now)) {
                return;
            }
            client.settled = true;
            asked = client.asked;
            nanos = now - client.firstNanos;
        }
        log.warn(
                "Client '{}' at {} has asked {} times in {} s who leads {}, and never came to where it was sent, {}:"
                        + " if it cannot reach that, set advertised.listeners of {} ('dwal doctor' there tells)",
                printable(clientId),
                address.getHostAddress(),
                asked,
                TimeUnit.NANOSECONDS.toSeconds(nanos),
                topics(answer),
                answer.brokers().stream()
                        .map(broker -> broker.host() + ":" + broker.port())
                        .limit(3)
                        .collect(Collectors.joining(", ")),
                listener);
    }

    private Client client(InetAddress address, String clientId) {
        String name = clientId.length() <= LONGEST_NAME ? clientId : clientId.substring(0, LONGEST_NAME);
        return clients.computeIfAbsent(new Key(address, name), key -> new Client());
    }

    private static boolean isOneTooMany(Client client, String connection, long now) {
        boolean seldom = client.lastConnection.equals(connection) && now - client.lastNanos > OFTEN_NANOS;
        if (client.asked == 0 || seldom) {
            client.asked = 0;
            client.firstNanos = now;
        }
        client.asked++;
        client.lastNanos = now;
        client.lastConnection = connection;
        return client.asked >= ASKED_OFTEN && now - client.firstNanos >= LONG_NANOS;
    }

    /** Whether the answer is about topics, and leaves nothing to ask again for. */
    private static boolean namesLeaders(MetadataResponseData answer) {
        if (answer.topics().isEmpty()) {
            return false;
        }
        for (MetadataResponseTopic topic : answer.topics()) {
            if (topic.errorCode() != Errors.NONE.code()
                    || topic.partitions().stream().anyMatch(each -> each.errorCode() != Errors.NONE.code())) {
                return false;
            }
        }
        return true;
    }

    private static String topics(MetadataResponseData answer) {
        return answer.topics().stream()
                .map(MetadataResponseTopic::name)
                .limit(3)
                .map(name -> name == null ? "?" : name)
                .collect(Collectors.joining(", "));
    }

    private static String printable(@Nullable String text) {
        return text == null ? "" : text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
