package dwal.server.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts connections, in all and for each address, and says when there are too many. Any thread. */
final class ConnectionCounts {
    private final Map<InetAddress, Integer> perAddress = new HashMap<>();
    private ConnectionLimits limits;
    private Map<InetAddress, Integer> overrides;
    private int total;

    ConnectionCounts(ConnectionLimits limits) {
        this.limits = limits;
        this.overrides = byAddress(limits);
    }

    /** Connections that come from now on are judged by {@code limits}; throws, and changes nothing, if a host is unknown. */
    void limit(ConnectionLimits limits) {
        Map<InetAddress, Integer> known = byAddress(limits);
        synchronized (this) {
            this.limits = limits;
            this.overrides = known;
        }
    }

    /** A limit may be for a host by name: it holds for all its addresses. */
    private static Map<InetAddress, Integer> byAddress(ConnectionLimits limits) {
        Map<InetAddress, Integer> byAddress = new HashMap<>();
        limits.overrides().forEach((host, most) -> {
            try {
                for (InetAddress address : InetAddress.getAllByName(host)) {
                    byAddress.put(address, most);
                }
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(
                        "max.connections.per.ip.overrides names the host " + host + ", which is not known", e);
            }
        });
        return byAddress;
    }

    /** Counts a connection from {@code address}; if it is one too many it is not counted and the reason is given. */
    synchronized @Nullable String tryAdd(InetAddress address) {
        if (total >= limits.all()) {
            return "there are max.connections=" + limits.all() + " connections already";
        }
        int limit = overrides.getOrDefault(address, limits.perAddress());
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
