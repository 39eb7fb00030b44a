package dwal.server.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How the bytes for the clients of one listener are paced: as the system does it, but never by a timer for clients on this
 * machine.
 *
 * <p>BBR holds back what is more than it has seen the path carry, packet by packet, with a timer of the kernel. Between two
 * processes of one machine no path is to be found out, and these timers cost more than all else that a reader costs. So a
 * client of this machine is sent to with {@code reno}, which each Linux has and allows, where the system's congestion control
 * is BBR; all others get the system's.
 *
 * <p>Linux does not stop the timers of a connection that has begun with BBR, and one that can be accepted has begun. So
 * the listening socket has {@code reno}, which its connections inherit, and those from elsewhere are given the system's when
 * they are accepted, before the first answer. Only with epoll; elsewhere all stays as it is.
 *
 * <p>Owned by the loop of the listening socket.
 */
final class CongestionControl {
    /** IPPROTO_TCP, TCP_CONGESTION: the name, padded with zeros to TCP_CA_NAME_MAX (linux/tcp.h). */
    static final RawUnixChannelOption NAME = new RawUnixChannelOption("TCP_CONGESTION", 6, 13, 16);

    static final String WITHOUT_TIMERS = "reno";

    private final Predicate<String> withTimers;
    /** Of the system, if it is not what the listening socket has. */
    private @Nullable String systems;

    /** For systems whose congestion control may be BBR, in any of its versions. */
    CongestionControl() {
        this(name -> name.startsWith("bbr"));
    }

    /** For systems whose congestion control is to be avoided on this machine if {@code withTimers} says so of its name. */
    CongestionControl(Predicate<String> withTimers) {
        this.withTimers = withTimers;
    }

    /** Before {@code listening} accepts; best before it is bound. */
    void prepare(Channel listening) {
        if (!(listening instanceof EpollServerSocketChannel socket)) {
            return;
        }
        try {
            String name = name(socket);
            if (withTimers.test(name)) {
                set(socket, WITHOUT_TIMERS);
                systems = name;
            }
        } catch (ChannelException e) {
            // The system does not let us: it stays as it is, and costs more.
            systems = null;
        }
    }

    /** Before the first byte is sent to {@code peer} over {@code connection}, which it has opened. */
    void accepted(Channel connection, InetSocketAddress peer) {
        if (systems == null
                || !(connection instanceof EpollSocketChannel socket)
                || isHere(socket, peer.getAddress())) {
            return;
        }
        try {
            set(socket, systems);
        } catch (ChannelException e) {
            // Closed by its client meanwhile; or not allowed, and what it has carries its bytes as well.
            return;
        }
    }

    /** The name of the congestion control of {@code socket}. */
    static String name(UnixChannel socket) {
        ByteBuffer name = socket.config().getOption(NAME);
        return StandardCharsets.US_ASCII.decode(name).toString().replace("\0", "");
    }

    private static void set(UnixChannel socket, String name) {
        socket.config()
                .setOption(
                        NAME, ByteBuffer.wrap(Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), NAME.length())));
    }

    private static boolean isHere(EpollSocketChannel connection, InetAddress peer) {
        InetSocketAddress here = connection.localAddress();
        return peer.isLoopbackAddress() || (here != null && peer.equals(here.getAddress()));
    }
}
