package dwal.server.network;

import java.util.Map;

/**
 * How many connections there may be. They may change while the listeners run; connections above a lower limit stay.
 *
 * @param all {@code max.connections}
 * @param perAddress {@code max.connections.per.ip}
 * @param overrides {@code max.connections.per.ip.overrides}: address or host name to number
 * @param perListener {@code listener.name.NAME.max.connections}: listener to number, where there is a limit
 */
public record ConnectionLimits(
        int all, int perAddress, Map<String, Integer> overrides, Map<String, Integer> perListener) {

    /** Kafka's defaults. */
    public static ConnectionLimits none() {
        return new ConnectionLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Map.of(), Map.of());
    }
}
