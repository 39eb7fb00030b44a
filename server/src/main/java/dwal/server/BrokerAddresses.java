package dwal.server;

import dwal.server.network.NodeAddresses;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.jspecify.annotations.Nullable;

/** Where brokers listen for each other, as they have registered. Any thread; resolves names. */
final class BrokerAddresses implements NodeAddresses {
    private final Supplier<MetadataImage> metadata;
    private final String listener;

    /** @param listener {@code inter.broker.listener.name} */
    BrokerAddresses(Supplier<MetadataImage> metadata, String listener) {
        this.metadata = metadata;
        this.listener = listener;
    }

    @Override
    public @Nullable InetSocketAddress of(int nodeId) {
        BrokerRegistration broker = metadata.get().cluster().broker(nodeId);
        return broker == null
                ? null
                : broker.node(listener)
                        .map(node -> new InetSocketAddress(node.host(), node.port()))
                        .orElse(null);
    }
}
