package dwal.server.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The send buffer of one connection: as large as {@code socket.send.buffer.bytes} says, or, for a client whose own
 * receive buffer is what holds its answers up, as large as the system sees fit.
 *
 * <p>A small buffer is best for clients that take what comes: they read one piece while the next is on its way. A
 * client with a small receive buffer (64 KiB with Java's consumers) leaves most of an answer here whatever the size,
 * and then a small one only means that this node is woken for each piece, which costs more than to send it. The system
 * tells for how long the client's window held it up: that is looked at after large answers from files, which are in
 * memory anyway. Only on Linux with epoll; elsewhere the size stays as it was set.
 *
 * <p>Owned by the connection's network loop.
 */
final class SendBuffer {
    /** An answer so large is written in several pieces. */
    static final int LARGE_ANSWER = 512 * 1024;
    /** SOL_SOCKET, SO_BUF_LOCK: 0 gives the size back to the system. Linux 5.14. */
    static final IntegerUnixChannelOption LOCK = new IntegerUnixChannelOption("SO_BUF_LOCK", 1, 72);
    /** IPPROTO_TCP, TCP_INFO: struct tcp_info of linux/tcp.h, up to the two times of Linux 4.10. */
    private static final RawUnixChannelOption INFO = new RawUnixChannelOption("TCP_INFO", 6, 11, 184);

    private static final int BUSY_TIME = 168;
    private static final int WINDOW_LIMITED_TIME = 176;

    private final int bytes;
    private final ClientWindow window = new ClientWindow();
    private @Nullable EpollSocketChannel socket;
    private boolean systems;

    /** The buffer of {@code channel}, which was opened with {@code bytes}; -1 leaves it to the system. */
    SendBuffer(Channel channel, int bytes) {
        this.bytes = bytes;
        this.socket = bytes > 0 && channel instanceof EpollSocketChannel epoll ? epoll : null;
    }

    /** The last piece of a large answer from files was written to the socket. */
    void largeAnswerWritten() {
        if (!window.answered() || socket == null || !socket.isActive()) {
            return;
        }
        try {
            look(socket);
        } catch (ChannelException e) {
            // An older system: it stays as it is.
            socket = null;
        }
    }

    private void look(EpollSocketChannel open) {
        ByteBuffer info = open.config().getOption(INFO).order(ByteOrder.nativeOrder());
        if (info.limit() < INFO.length()) {
            socket = null;
            return;
        }
        boolean limited = window.holdsUp(info.getLong(BUSY_TIME), info.getLong(WINDOW_LIMITED_TIME));
        if (limited != systems) {
            systems = limited;
            if (limited) {
                open.config().setOption(LOCK, 0);
            } else {
                open.config().setOption(ChannelOption.SO_SNDBUF, bytes);
            }
        }
    }
}
