package dwal.server.network;

import dwal.environment.Clock;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices clients that ask again and again who leads a topic, are told, and never ask for anything else: most likely they cannot reach the
 * address that is advertised to them. Each is named in the log once, and told to whoever asks.
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
    /** So many topics and nodes are told of one client. */
    private static final int NAMED = 3;
    /** Whoever has not asked for longer than this has been helped, or has gone. */
    private static final long LATELY_MS = TimeUnit.MINUTES.toMillis(10);

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
        /** It has asked for something else. */
        private boolean works;

        private int asked;
        private long firstNanos;
        private long lastNanos;
        private String lastConnection = "";
        /** What was told of it; null if nothing was. */
        private @Nullable GhostClient told;
    }

    /** The client has asked for something that only the right node answers, so it gets there. */
    void works(InetAddress address, String clientId) {
        synchronized (clients) {
            Client client = client(address, clientId);
            client.works = true;
            client.told = null;
        }
    }

    /** A client that has done nothing else on {@code connection} was told who leads what. */
    void told(InetAddress address, String clientId, String connection, String listener, MetadataResponseData answer) {
        if (!namesLeaders(answer)) {
            return;
        }
        GhostClient found;
        synchronized (clients) {
            Client client = client(address, clientId);
            if (client.works) {
                return;
            } else if (client.told != null) {
                client.told = client.told.again(clock.wallMs());
                return;
            }
            long now = clock.nanoTime();
            if (!isOneTooMany(client, connection, answer.brokers().size() > 1, now)) {
                return;
            }
            long nowMs = clock.wallMs();
            found = new GhostClient(
                    printable(shortened(clientId)),
                    address.getHostAddress(),
                    listener,
                    topics(answer),
                    nodes(answer),
                    client.asked,
                    nowMs - TimeUnit.NANOSECONDS.toMillis(now - client.firstNanos),
                    nowMs);
            client.told = found;
        }
        log.warn(
                "Client '{}' at {} has asked {} times in {} s who leads {}, and never came to where it was sent, {}:"
                        + " if it cannot reach that, set advertised.listeners of {} ('dwal doctor' there tells)",
                found.clientId(),
                found.clientAddress(),
                found.asked(),
                TimeUnit.MILLISECONDS.toSeconds(found.lastMs() - found.firstMs()),
                String.join(", ", found.topics()),
                String.join(", ", found.sentTo()),
                listener);
    }

    /** Those that were named and have asked again lately; the latest first. */
    List<GhostClient> named() {
        long since = clock.wallMs() - LATELY_MS;
        synchronized (clients) {
            return clients.values().stream()
                    .flatMap(client -> Stream.ofNullable(client.told))
                    .filter(ghost -> ghost.lastMs() >= since)
                    .sorted(Comparator.comparingLong(GhostClient::lastMs).reversed())
                    .toList();
        }
    }

    private Client client(InetAddress address, String clientId) {
        return clients.computeIfAbsent(new Key(address, shortened(clientId)), key -> new Client());
    }

    private static String shortened(String clientId) {
        return clientId.length() <= LONGEST_NAME ? clientId : clientId.substring(0, LONGEST_NAME);
    }

    /**
     * One that comes over a new connection each time may be a program that is run again and again, and whose work is done by
     * {@code others}.
     */
    private static boolean isOneTooMany(Client client, String connection, boolean others, long now) {
        boolean sameConnection = client.lastConnection.equals(connection);
        boolean seldom = sameConnection && now - client.lastNanos > OFTEN_NANOS;
        if (client.asked == 0 || seldom || (others && !sameConnection)) {
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

    private static List<String> topics(MetadataResponseData answer) {
        return answer.topics().stream()
                .map(MetadataResponseTopic::name)
                .limit(NAMED)
                .map(name -> name == null ? "?" : name)
                .toList();
    }

    private static List<String> nodes(MetadataResponseData answer) {
        return answer.brokers().stream()
                .map(broker -> broker.host() + ":" + broker.port())
                .limit(NAMED)
                .toList();
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
