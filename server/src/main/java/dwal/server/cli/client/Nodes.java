package dwal.server.cli.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Addresses of nodes, and whether anybody is there: asked before a client is made, which would try for long and say little. */
final class Nodes {
    private Nodes() {}

    /** Where a node is said to be. */
    record Address(String host, int port) {
        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    /** The addresses in {@code text}, which are separated by commas. */
    static List<Address> parse(String text) {
        List<Address> addresses = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            if (!each.isBlank()) {
                addresses.add(address(each.strip()));
            }
        }
        if (addresses.isEmpty()) {
            throw new RequestFailure("'" + text + "' names no node: HOST:PORT, several with commas");
        }
        return addresses;
    }

    private static Address address(String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                String host = text.substring(0, colon);
                int port = Integer.parseInt(text.substring(colon + 1));
                if (port > 0 && port <= 65535) {
                    return new Address(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
                }
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new RequestFailure("'" + text + "' is no address of a node: HOST:PORT, as localhost:9092");
    }

    /** Throws, with the reasons, unless a connection to one of {@code addresses} can be opened. */
    static void requireOne(List<Address> addresses, int timeoutMs) {
        List<String> reasons = new ArrayList<>();
        for (Address each : addresses) {
            String reason = whyUnreachable(each, timeoutMs);
            if (reason == null) {
                return;
            }
            reasons.add(each + " (" + reason + ")");
        }
        throw new RequestFailure("No node can be reached at " + reasons.stream().collect(Collectors.joining(", "))
                + ". Does it run ('bin/dwal start')? Is it elsewhere (--bootstrap HOST:PORT)?");
    }

    /** Null if a connection can be opened, else why not, in a few words. */
    static @Nullable String whyUnreachable(Address address, int timeoutMs) {
        try {
            String reason = "no address";
            for (InetAddress each : InetAddress.getAllByName(address.host())) {
                reason = whyUnreachable(new InetSocketAddress(each, address.port()), timeoutMs);
                if (reason == null) {
                    return null;
                }
            }
            return reason;
        } catch (UnknownHostException e) {
            return "unknown host";
        }
    }

    /** Whether {@code host} means the machine that asks, whichever that is. */
    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static @Nullable String whyUnreachable(InetSocketAddress address, int timeoutMs) {
        try (Socket socket = new Socket()) {
            socket.connect(address, timeoutMs);
            return null;
        } catch (SocketTimeoutException e) {
            return "no answer within " + timeoutMs + " ms";
        } catch (IOException e) {
            String message = e.getMessage();
            return message == null ? e.getClass().getSimpleName() : message.toLowerCase(java.util.Locale.ROOT);
        }
    }
}
