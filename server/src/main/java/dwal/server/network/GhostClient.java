package dwal.server.network;

import java.util.List;

/**
 * A client that asks again and again who leads a topic, is told, and never comes there. Immutable.
 *
 * @param clientId what it calls itself
 * @param clientAddress where it comes from
 * @param listener where it asks
 * @param topics some of those that it asks about
 * @param sentTo HOST:PORT of some of the nodes that it is sent to
 * @param asked how many times it has asked
 * @param firstMs when it first asked, in ms since 1970
 * @param lastMs when it last asked
 */
public record GhostClient(
        String clientId,
        String clientAddress,
        String listener,
        List<String> topics,
        List<String> sentTo,
        int asked,
        long firstMs,
        long lastMs) {

    GhostClient again(long nowMs) {
        return new GhostClient(clientId, clientAddress, listener, topics, sentTo, asked + 1, firstMs, nowMs);
    }
}
