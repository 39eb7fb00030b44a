package dwal.server.config;

import java.net.InetSocketAddress;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Where a door other than Kafka's is: what {@code dwal.http.listener} and {@code dwal.grpc.listener} say. Immutable.
 *
 * @param host the host to bind; empty for all addresses
 * @param port 0 for any free one
 */
public record DoorAddress(String host, int port) {
    private static final String OFF = "off";

    /** What {@code setting} says: null for "off". Throws {@link IllegalArgumentException} if it says nothing. */
    public static @Nullable DoorAddress parse(String setting) {
        if (setting.trim().equals(OFF)) {
            return null;
        }
        int colon = setting.lastIndexOf(':');
        try {
            int port = Integer.parseInt(setting.substring(colon + 1).trim());
            if (colon >= 0 && port >= 0 && port <= 65535) {
                return new DoorAddress(setting.substring(0, colon).trim(), port);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new IllegalArgumentException("is neither HOST:PORT nor " + OFF);
    }

    /** {@code setting} with another port; with the default host if it was off. */
    public static String withPort(String setting, int port) {
        DoorAddress address = parse(setting);
        return (address == null ? "127.0.0.1" : address.host()) + ":" + port;
    }

    /** What to bind. */
    public InetSocketAddress socketAddress() {
        String name = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return name.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(name, port);
    }

    /** Refuses what cannot be parsed. */
    static final class Validator implements ConfigDef.Validator {
        @Override
        public void ensureValid(String name, Object value) {
            try {
                var unused = parse((String) value);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(name, value, e.getMessage());
            }
        }

        @Override
        public String toString() {
            return "HOST:PORT, or off";
        }
    }
}
