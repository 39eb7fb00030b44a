package dwal.server.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts connections, in all and for each address, and says when there are too many. Any thread. */
final class ConnectionCounts {
    private final NetworkSettings settings;
    private final Map<InetAddress, Integer> limits = new HashMap<>();
    private final Map<InetAddress, Integer> perAddress = new HashMap<>();
    private int total;

    ConnectionCounts(NetworkSettings settings) {
        this.settings = settings;
        settings.maxConnectionsOverrides().forEach(this::limit);
    }

    /** A limit may be for a host by name: it holds for all its addresses. */
    private void limit(String host, int most) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                limits.put(address, most);
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "max.connections.per.ip.overrides names the host " + host + ", which is not known", e);
        }
    }

    /** Counts a connection from {@code address}; if it is one too many it is not counted and the reason is given. */
    synchronized @Nullable String tryAdd(InetAddress address) {
        if (total >= settings.maxConnections()) {
            return "there are max.connections=" + settings.maxConnections() + " connections already";
        }
        int limit = limits.getOrDefault(address, settings.maxConnectionsPerAddress());
        int open = perAddress.getOrDefault(address, 0);
        if (open >= limit) {
            return "its address has " + open + " connections already, and max.connections.per.ip allows it " + limit;
        }
        perAddress.put(address, open + 1);
        total++;
        return null;
    }

    /** A counted connection from {@code address} has closed. */
    synchronized void remove(InetAddress address) {
        total--;
        perAddress.computeIfPresent(address, (key, open) -> open == 1 ? null : open - 1);
    }

    synchronized int total() {
        return total;
    }
}
