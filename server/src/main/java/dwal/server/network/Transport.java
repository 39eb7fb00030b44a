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
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;

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

    /** Questions without an answer after which a client is taken for gone. */
    private static final int PROBES = 3;

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

    /**
     * The options of a socket with which the system closes it when nothing was heard of the client for about {@code ms}: it asks
     * one that is silent. With NIO that is so only while nothing is on its way to the client, for Java has no option for that
     * (RFC 5482).
     */
    Map<ChannelOption<Integer>, Integer> silentForMs(int ms) {
        int half = ms / 2_000;
        int idle = Math.max(1, half);
        int interval = Math.max(1, half / PROBES);
        return switch (this) {
            case EPOLL ->
                Map.of(
                        EpollChannelOption.TCP_USER_TIMEOUT, ms,
                        EpollChannelOption.TCP_KEEPIDLE, idle,
                        EpollChannelOption.TCP_KEEPINTVL, interval,
                        EpollChannelOption.TCP_KEEPCNT, PROBES);
            case IO_URING ->
                Map.of(
                        IoUringChannelOption.TCP_USER_TIMEOUT, ms,
                        IoUringChannelOption.TCP_KEEPIDLE, idle,
                        IoUringChannelOption.TCP_KEEPINTVL, interval,
                        IoUringChannelOption.TCP_KEEPCNT, PROBES);
            case NIO, AUTO ->
                Map.of(
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), idle,
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), interval,
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), PROBES);
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
