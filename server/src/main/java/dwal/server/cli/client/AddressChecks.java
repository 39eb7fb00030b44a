package dwal.server.cli.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.MetadataResponse;
import org.jspecify.annotations.Nullable;

/** Whether a client gets from an address that it was given to the brokers: who is there, what is spoken, where it is sent on to. */
final class AddressChecks {
    private static final String ADDRESS = "address";
    private static final String PROTOCOL = "protocol";
    private static final String SASL = "sasl";
    static final String ADVERTISED = "advertised";
    private static final String SECURITY_PROTOCOL = "security.protocol";
    /** The first version of Metadata that asks for no topics by an empty list. */
    private static final short NO_TOPICS_BY_EMPTY_LIST = 1;

    private final String securityProtocol;
    private final String mechanism;
    private final int timeoutMs;

    /** As a client with these {@code properties} would go. */
    AddressChecks(Map<String, Object> properties, int timeoutMs) {
        this.securityProtocol = String.valueOf(properties.getOrDefault(SECURITY_PROTOCOL, "PLAINTEXT"))
                .toUpperCase(Locale.ROOT);
        this.mechanism = String.valueOf(properties.getOrDefault("sasl.mechanism", "GSSAPI"));
        this.timeoutMs = timeoutMs;
    }

    List<Finding> look(Nodes.Address address) {
        String reason = Nodes.whyUnreachable(address, timeoutMs);
        if (reason != null) {
            return List.of(
                    Finding.problem(
                            ADDRESS,
                            "Nobody can be reached at " + address + ": " + reason + ".",
                            "bootstrap.servers (--bootstrap): where a node listens; or start the node, whose listeners tell its port"));
        }
        List<Finding> findings = new ArrayList<>();
        Port port = Port.probe(address, timeoutMs);
        Finding protocol = protocol(address, port);
        findings.add(protocol);
        if (protocol.level() == Finding.Level.OK) {
            Finding sasl = sasl(address, port);
            if (sasl != null) {
                findings.add(sasl);
            }
            if (port.mechanisms().isEmpty()) {
                findings.addAll(advertised(address, port));
            }
        }
        return findings;
    }

    private Finding protocol(Nodes.Address address, Port port) {
        String at = address + " speaks ";
        String elsewhere =
                "bootstrap.servers (--bootstrap): the address of a listener for Kafka's clients, port 9092 by default";
        return switch (port.speech()) {
            case HTTP ->
                Finding.problem(PROTOCOL, at + (port.tls() ? "HTTPS" : "HTTP") + ", not Kafka's protocol.", elsewhere);
            case HTTP2 -> Finding.problem(PROTOCOL, at + "gRPC (HTTP/2), not Kafka's protocol.", elsewhere);
            case CONTROLLER ->
                Finding.problem(
                        PROTOCOL, address + " is a listener for controllers, where clients find no topics.", elsewhere);
            case UNKNOWN ->
                Finding.problem(
                        PROTOCOL, at + "neither Kafka's protocol nor TLS or HTTP, or does not answer.", elsewhere);
            case TLS -> ofTls(address, "TLS, and inside it nothing that a client without certificate could recognise");
            case KAFKA ->
                port.tls() == securityProtocol.endsWith("SSL")
                        ? Finding.ok(PROTOCOL, at + "Kafka's protocol" + (port.tls() ? " inside TLS." : "."))
                        : port.tls() ? ofTls(address, "Kafka's protocol inside TLS") : notTls(address, port);
        };
    }

    private Finding ofTls(Nodes.Address address, String what) {
        if (securityProtocol.endsWith("SSL")) {
            return Finding.ok(PROTOCOL, address + " speaks " + what + ".");
        }
        return Finding.problem(
                PROTOCOL,
                address + " speaks " + what + "; this client does not use TLS (" + securityProtocol + ").",
                "security.protocol=" + (securityProtocol.startsWith("SASL") ? "SASL_SSL" : "SSL")
                        + " in --config, and ssl.truststore.location if the certificate is your own");
    }

    private Finding notTls(Nodes.Address address, Port port) {
        return Finding.problem(
                PROTOCOL,
                address + " speaks Kafka's protocol without TLS; this client wants TLS (" + securityProtocol + ").",
                "security.protocol=" + (port.mechanisms().isEmpty() ? "PLAINTEXT" : "SASL_PLAINTEXT")
                        + " in --config, or the address of a listener with TLS");
    }

    /** Null if neither side wants SASL. */
    private @Nullable Finding sasl(Nodes.Address address, Port port) {
        boolean wanted = securityProtocol.startsWith("SASL");
        String tls = port.tls() ? "SSL" : "PLAINTEXT";
        if (port.mechanisms().isEmpty()) {
            return !wanted
                    ? null
                    : Finding.problem(
                            SASL,
                            address + " does not authenticate clients; this one wants to (" + securityProtocol + ").",
                            "security.protocol=" + tls + " in --config, or the address of a listener with SASL");
        } else if (!wanted) {
            return Finding.problem(
                    SASL,
                    address + " authenticates clients, by " + String.join(" or ", port.mechanisms())
                            + "; this one does not want to (" + securityProtocol + ").",
                    "security.protocol=SASL_" + tls + " in --config, with sasl.mechanism and sasl.jaas.config");
        } else if (!port.mechanisms().contains(mechanism)) {
            return Finding.problem(
                    SASL,
                    address + " authenticates by " + String.join(" or ", port.mechanisms()) + ", this client by "
                            + mechanism + ".",
                    "sasl.mechanism=" + port.mechanisms().get(0)
                            + " in --config; or sasl.enabled.mechanisms of the broker");
        }
        return Finding.ok(SASL, address + " and this client authenticate by " + mechanism + ".");
    }

    private List<Finding> advertised(Nodes.Address address, Port port) {
        MetadataResponseData metadata;
        try {
            metadata = metadata(address, port);
        } catch (IOException e) {
            return List.of(Finding.problem(
                    ADVERTISED,
                    address + " does not say which brokers there are: " + e.getMessage() + ".",
                    "security.protocol, if the listener authenticates; else look into the node's log"));
        }
        if (metadata.brokers().isEmpty()) {
            return List.of(Finding.problem(
                    ADVERTISED,
                    address + " knows of no broker that is alive.",
                    "controller.quorum.voters (or .bootstrap.servers) of the nodes: let a controller be reached"));
        }
        List<Finding> findings = new ArrayList<>();
        for (MetadataResponseBroker broker : metadata.brokers()) {
            findings.add(advertised(address, metadata, broker, port));
        }
        return findings;
    }

    /** The same of nodes that a client has learnt of which was let in. */
    List<Finding> advertised(Collection<Node> nodes) {
        return nodes.stream()
                .sorted(Comparator.comparingInt(Node::id))
                .map(node -> {
                    var told = new Nodes.Address(node.host(), node.port());
                    String reason = Nodes.whyUnreachable(told, timeoutMs);
                    return reason == null ? reachable(node.id(), told) : unreachable(node.id(), told, reason);
                })
                .toList();
    }

    private Finding advertised(
            Nodes.Address asked, MetadataResponseData metadata, MetadataResponseBroker broker, Port port) {
        var told = new Nodes.Address(broker.host(), broker.port());
        int id = broker.nodeId();
        if (Nodes.isLoopback(told.host()) && !Nodes.isLoopback(asked.host())) {
            return Finding.problem(
                    ADVERTISED,
                    sent(id, told) + ", which for a client on another machine is that machine.",
                    advertise(id));
        }
        String reason = Nodes.whyUnreachable(told, timeoutMs);
        if (reason != null) {
            return unreachable(id, told, reason);
        }
        try {
            String cluster = metadata(told, port).clusterId();
            if (cluster != null && !cluster.equals(metadata.clusterId())) {
                return Finding.problem(
                        ADVERTISED,
                        sent(id, told) + ", where a node of another cluster answers (" + cluster + ", not "
                                + metadata.clusterId() + ").",
                        advertise(id));
            }
        } catch (IOException e) {
            return Finding.problem(
                    ADVERTISED,
                    sent(id, told) + ", where something else answers: " + e.getMessage() + ".",
                    advertise(id));
        }
        return reachable(id, told);
    }

    private static Finding reachable(int node, Nodes.Address told) {
        return Finding.ok(ADVERTISED, sent(node, told) + ", which can be reached.");
    }

    private static Finding unreachable(int node, Nodes.Address told, String reason) {
        return Finding.problem(
                ADVERTISED, sent(node, told) + ", which cannot be reached from here: " + reason + ".", advertise(node));
    }

    private static String sent(int node, Nodes.Address told) {
        return "Node " + node + " sends clients to " + told;
    }

    private static String advertise(int node) {
        return "advertised.listeners of node " + node + ": an address at which clients reach it";
    }

    private MetadataResponseData metadata(Nodes.Address address, Port port) throws IOException {
        try (WireConnection connection = WireConnection.open(address, port.tls(), timeoutMs)) {
            short version = (short) Math.max(port.metadataVersion(), NO_TOPICS_BY_EMPTY_LIST);
            var request = new MetadataRequestData().setTopics(List.of()).setAllowAutoTopicCreation(version < 4);
            return ((MetadataResponse) connection.ask(ApiKeys.METADATA, version, request)).data();
        }
    }
}
