package dwal.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What loopback TCP carries, from a buffer and from a cached file, and how long a round trip takes: two threads each. */
final class LoopbackLimits {
    private static final int MIB = 1 << 20;
    private static final long WARMUP_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MEASURE_NS = TimeUnit.SECONDS.toNanos(3);
    private static final int ROUND_TRIPS = 20_000;
    private static final int MESSAGE = 64;

    private LoopbackLimits() {}

    /** The other end of the connection; ends when this end closes it. */
    private interface OtherEnd {
        void run(SocketChannel channel) throws IOException;
    }

    /** This end. */
    private interface ThisEnd {
        void run(SocketChannel channel) throws IOException;
    }

    static void print(Path folder) throws IOException, InterruptedException {
        connected(LoopbackLimits::sendBuffer, channel -> receive(channel, "loopback TCP, 64 KiB writes"));
        Path file = Files.createTempFile(folder, "limits", ".dat");
        try {
            Files.write(file, new byte[64 * MIB]);
            connected(
                    channel -> sendFile(channel, file), channel -> receive(channel, "loopback TCP, sendfile of 1 MiB"));
        } finally {
            Files.delete(file);
        }
        connected(LoopbackLimits::echo, LoopbackLimits::roundTrips);
    }

    private static void connected(OtherEnd otherEnd, ThisEnd thisEnd) throws IOException, InterruptedException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort)) {
            Thread other = new Thread(() -> {
                try (SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    otherEnd.run(channel);
                } catch (IOException e) {
                    return; // this end has closed
                }
            });
            other.start();
            try (SocketChannel channel = server.accept()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                thisEnd.run(channel);
            }
            other.join();
        }
    }

    private static void sendBuffer(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        while (true) {
            channel.write(buffer.clear());
        }
    }

    private static void sendFile(SocketChannel channel, Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            for (long start = 0; ; start = (start + MIB) % file.size()) {
                for (long sent = 0; sent < MIB; ) {
                    sent += file.transferTo(start + sent, MIB - sent, channel);
                }
            }
        }
    }

    private static void receive(SocketChannel channel, String what) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
        long start = System.nanoTime();
        while (System.nanoTime() - start < WARMUP_NS) {
            channel.read(buffer.clear());
        }
        Throughput throughput = new Throughput();
        while (throughput.elapsedNs() < MEASURE_NS) {
            throughput.add(channel.read(buffer.clear()));
        }
        throughput.print(what);
    }

    private static void echo(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE);
        while (channel.read(buffer) >= 0) {
            channel.write(buffer.flip());
            buffer.clear();
        }
    }

    private static void roundTrips(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE);
        Histogram each = Measurement.histogram();
        for (int i = 0; i < ROUND_TRIPS; i++) {
            long before = System.nanoTime();
            channel.write(buffer.clear());
            buffer.clear();
            while (buffer.hasRemaining()) {
                channel.read(buffer);
            }
            each.recordValue(System.nanoTime() - before);
        }
        System.out.printf(
                "loopback round trip of %d bytes: p50 %.1f us, p99 %.1f us, p99.9 %.1f us%n",
                MESSAGE,
                each.getValueAtPercentile(50) / 1e3,
                each.getValueAtPercentile(99) / 1e3,
                each.getValueAtPercentile(99.9) / 1e3);
    }
}
