package dwal.server.network;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where other nodes can be reached. Any thread; may wait for a name to be resolved. */
@FunctionalInterface
public interface NodeAddresses {
    /** The address of {@code nodeId} for other nodes, or null if nobody knows it now. */
    @Nullable
    InetSocketAddress of(int nodeId);
}
