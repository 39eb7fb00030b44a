package dwal.server.network;

import dwal.protocol.Peer;
import dwal.protocol.Peers;
import dwal.protocol.RequestMemory;
import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;

/** The other nodes of the cluster, over TCP, on the network loops of this one. Any thread. */
public final class SocketPeers implements Peers {
    private final KafkaListeners listeners;
    private final NodeAddresses addresses;
    private final Executor blocking;
    private final PeerSettings settings;
    private final RequestMemory memory = new RequestMemory(Long.MAX_VALUE);

    /**
     * @param listeners whose network loops are used
     * @param blocking where addresses are looked up
     */
    public SocketPeers(KafkaListeners listeners, NodeAddresses addresses, Executor blocking, PeerSettings settings) {
        this.listeners = listeners;
        this.addresses = addresses;
        this.blocking = blocking;
        this.settings = settings;
    }

    @Override
    public Peer to(int nodeId) {
        EventLoop loop = listeners.nextLoop();
        return new SocketPeer(nodeId, loop, listeners.socketChannel(), addresses, blocking, settings, memory);
    }
}
