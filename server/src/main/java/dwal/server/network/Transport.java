package dwal.server.network;

import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the operating system is asked for bytes: {@code dwal.network.transport}. */
public enum Transport {
    /** The fastest that is reliable here: epoll, else nio. */
    AUTO,
    /** Linux, by Netty's native library. */
    EPOLL,
    /** Everywhere. */
    NIO,
    /** Linux with a recent kernel; on trial. */
    IO_URING;

    /** The one that {@code setting} names: auto, epoll, nio or io_uring. */
    public static Transport named(String setting) {
        try {
            return valueOf(setting.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "dwal.network.transport=" + setting + " is not one of auto, epoll, nio, io_uring", e);
        }
    }

    /** This one, or what AUTO stands for on this machine. */
    Transport resolved() {
        return switch (this) {
            case AUTO -> Epoll.isAvailable() ? EPOLL : NIO;
            case EPOLL -> available(Epoll.isAvailable(), Epoll.unavailabilityCause());
            case IO_URING -> available(IoUring.isAvailable(), IoUring.unavailabilityCause());
            case NIO -> NIO;
        };
    }

    private Transport available(boolean available, Throwable cause) {
        if (!available) {
            throw new IllegalStateException(
                    "dwal.network.transport=" + name().toLowerCase(Locale.ROOT)
                            + " does not work on this machine; auto or nio does",
                    cause);
        }
        return this;
    }

    IoHandlerFactory ioHandler() {
        return switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            case NIO, AUTO -> NioIoHandler.newFactory();
        };
    }

    Class<? extends ServerSocketChannel> serverChannel() {
        return switch (this) {
            case EPOLL -> EpollServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
            case NIO, AUTO -> NioServerSocketChannel.class;
        };
    }

    /** After how long without an acknowledgement the system closes a connection; null where it cannot be told. */
    @Nullable
    ChannelOption<Integer> unacknowledgedMs() {
        return switch (this) {
            case EPOLL -> EpollChannelOption.TCP_USER_TIMEOUT;
            case IO_URING -> IoUringChannelOption.TCP_USER_TIMEOUT;
            case NIO, AUTO -> null;
        };
    }

    Class<? extends SocketChannel> socketChannel() {
        return switch (this) {
            case EPOLL -> EpollSocketChannel.class;
            case IO_URING -> IoUringSocketChannel.class;
            case NIO, AUTO -> NioSocketChannel.class;
        };
    }
}
