package dwal.server.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts connections, in all, for each address and for each listener, and says when there are too many. Any thread. */
final class ConnectionCounts {
    private final Map<InetAddress, Integer> perAddress = new HashMap<>();
    private final Map<String, Integer> perListener = new HashMap<>();
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

    /** Counts a connection to {@code listener} from {@code address}; if it is one too many it is not counted and the reason is given. */
    synchronized @Nullable String tryAdd(String listener, InetAddress address) {
        if (total >= limits.all()) {
            return "there are max.connections=" + limits.all() + " connections already";
        }
        int limit = overrides.getOrDefault(address, limits.perAddress());
        int open = perAddress.getOrDefault(address, 0);
        if (open >= limit) {
            return "its address has " + open + " connections already, and max.connections.per.ip allows it " + limit;
        }
        Integer most = limits.perListener().get(listener);
        int openThere = perListener.getOrDefault(listener, 0);
        if (most != null && openThere >= most) {
            return "listener " + listener + " has " + openThere + " connections already, and its max.connections is "
                    + most;
        }
        perAddress.put(address, open + 1);
        perListener.put(listener, openThere + 1);
        total++;
        return null;
    }

    /** A counted connection to {@code listener} from {@code address} has closed. */
    synchronized void remove(String listener, InetAddress address) {
        perListener.merge(listener, -1, Integer::sum);
        total--;
        perAddress.computeIfPresent(address, (key, open) -> open == 1 ? null : open - 1);
    }

    synchronized int total() {
        return total;
    }
}
