package dwal.gateway.network;

import dwal.server.network.KafkaListeners;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;

/** What the system and the network loops are told about the connections of a door. No state. */
public final class DoorSockets {
    private DoorSockets() {}

    /** One who takes options of connections. */
    @FunctionalInterface
    public interface Options {
        <T> void set(ChannelOption<T> option, T value);
    }

    /**
     * Sets the {@code options} of connections on the loops of {@code listeners}.
     *
     * @param timeoutMs how long a client may be silent as none is that lives: it acknowledges what it is sent
     */
    public static void set(Options options, KafkaListeners listeners, int timeoutMs) {
        options.set(ChannelOption.TCP_NODELAY, true);
        // Of one that sends without end, a loop reads one piece and then lets all others have their turn.
        options.set(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(1));
        // One that has vanished without a word would else be kept for a quarter of an hour, or for ever.
        options.set(ChannelOption.SO_KEEPALIVE, true);
        listeners.silentForMs(timeoutMs).forEach(options::set);
    }
}
