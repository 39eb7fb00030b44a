package dwal.server.cli.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * Whether there are clients that ask again and again where to go and never come there. Only the nodes that they ask see them, and tell it
 * over HTTP.
 */
record GhostCheck(Duration timeout) {
    static final String CHECK = "clients";
    private static final String LISTENER = "dwal.http.listener";
    private static final String LOG = "look into its log for 'never came to where it was sent'";

    /** Asks listeners at HOST:PORT, whatever way there is to the nodes for clients of Kafka. */
    List<Finding> at(List<String> http) {
        return http.stream()
                .flatMap(each -> ask("The node at " + each, each).stream())
                .toList();
    }

    /** Asks the listeners that the settings of the nodes name. */
    List<Finding> ofCluster(Admin admin) {
        return RequestFailure.orAnswer(admin.describeCluster().nodes(), "Cluster").stream()
                .sorted(Comparator.comparingInt(Node::id))
                .flatMap(node -> look(node, setting(admin, node.id())).stream())
                .toList();
    }

    private List<Finding> look(Node node, @Nullable String setting) {
        String name = "Node " + node.id();
        if (setting == null) {
            return List.of(
                    Finding.skipped(CHECK, name + " is not dwal's, and does not tell of clients that get lost.", null));
        } else if (setting.equals("off")) {
            return List.of(unknown(name, "its HTTP listener is off", LISTENER + " of node " + node.id()));
        }
        int colon = setting.lastIndexOf(':');
        String host = setting.substring(0, Math.max(0, colon));
        if (setting.endsWith(":0")) {
            return List.of(unknown(name, "its settings do not tell the port of its HTTP listener", "--http HOST:PORT"));
        } else if (host.isEmpty() || host.equals("0.0.0.0")) {
            return ask(name, node.host() + setting.substring(colon));
        } else if (Nodes.isLoopback(host) && !isHere(node.host())) {
            return List.of(unknown(
                    name, "its HTTP listener (" + setting + ") is for its own machine", "run 'bin/dwal doctor' there"));
        }
        return ask(name, setting);
    }

    private static @Nullable String setting(Admin admin, int node) {
        var broker = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
        Map<ConfigResource, Config> answer =
                RequestFailure.orAnswer(admin.describeConfigs(List.of(broker)).all(), "Settings of node " + node);
        ConfigEntry entry = answer.getOrDefault(broker, new Config(List.of())).get(LISTENER);
        return entry == null ? null : entry.value();
    }

    private List<Finding> ask(String name, String address) {
        List<?> ghosts;
        try {
            ghosts = Json.parse(new HttpListener(address, timeout).get("/debug/ghosts")) instanceof Map<?, ?> answer
                            && answer.get("ghosts") instanceof List<?> told
                    ? told
                    : List.of();
        } catch (RequestFailure | IOException | IllegalArgumentException e) {
            return List.of(unknown(name, String.valueOf(e.getMessage()), "--http HOST:PORT"));
        }
        List<Finding> findings = new ArrayList<>();
        for (Object ghost : ghosts) {
            if (ghost instanceof Map<?, ?> told) {
                findings.add(finding(name, told));
            }
        }
        return findings.isEmpty()
                ? List.of(Finding.ok(CHECK, name + " sees no client that does not come to where it is sent."))
                : findings;
    }

    static Finding finding(String node, Map<?, ?> ghost) {
        long seconds = (number(ghost, "lastTime") - number(ghost, "firstTime")) / 1000;
        return Finding.problem(
                CHECK,
                node + " has been asked " + number(ghost, "asked") + " times in " + seconds + " s by client '"
                        + ghost.get("clientId") + "' at " + ghost.get("clientAddress") + " who leads "
                        + texts(ghost, "topics") + "; it never came to where it was sent, " + texts(ghost, "sentTo")
                        + ".",
                "advertised.listeners (of " + ghost.get("listener") + ") of the nodes: an address at which this client"
                        + " reaches them; or, if the client is at fault, its name look-up or firewall");
    }

    private static long number(Map<?, ?> of, String name) {
        return of.get(name) instanceof Number number ? number.longValue() : 0;
    }

    private static String texts(Map<?, ?> of, String name) {
        return of.get(name) instanceof List<?> all
                ? all.stream().map(String::valueOf).collect(Collectors.joining(", "))
                : "";
    }

    /** No node was found whose settings could tell where to ask. */
    static Finding nobodyAsked() {
        return Finding.skipped(
                CHECK,
                "No node was asked for clients that get lost: clients do not get there.",
                "--http HOST:PORT; or " + LOG);
    }

    private static Finding unknown(String name, String why, String change) {
        return Finding.skipped(
                CHECK, name + " was not asked for clients that get lost: " + why + ".", change + "; or " + LOG);
    }

    /** Whether {@code host} is this machine, so that its loopback address is ours. */
    private static boolean isHere(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (UnknownHostException | SocketException e) {
            return false;
        }
    }
}
