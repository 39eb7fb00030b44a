package dwal.gateway.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

/** Calls in frames of HTTP/2 (RFC 9113): one whose message does not come to its end, and a stream that goes on. */
public final class UnfinishedCall {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_HEADERS = 4;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;

    private UnfinishedCall() {}

    /** Begins {@code Produce} with a message of {@code length} bytes, and sends all but 1,000 of them as the server lets it. */
    static Socket begin(int port, int length) throws Exception {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(2_000);
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        frame(out, SETTINGS, 0, 0, new byte[0]);
        frame(out, HEADERS, END_HEADERS, 1, headers("/log.Log/Produce"));
        var in = new DataInputStream(socket.getInputStream());
        long window = 65_535;
        long streamWindow = 65_535;
        int left = length - 1_000;
        byte[] prefix = {0, 0, 0, 0, 0};
        ByteBuffer.wrap(prefix).putInt(1, length);
        frame(out, DATA, 0, 1, prefix);
        window -= 5;
        streamWindow -= 5;
        while (left > 0) {
            int piece = (int) Math.min(Math.min(left, 16_000), Math.min(window, streamWindow));
            if (piece > 0) {
                frame(out, DATA, 0, 1, new byte[piece]);
                left -= piece;
                window -= piece;
                streamWindow -= piece;
                continue;
            }
            try {
                int size = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] body = in.readNBytes(size);
                ByteBuffer values = ByteBuffer.wrap(body);
                if (type == WINDOW_UPDATE && stream == 0) {
                    window += values.getInt();
                } else if (type == WINDOW_UPDATE) {
                    streamWindow += values.getInt();
                } else if (type == SETTINGS && flags == 0) {
                    // Not before it is acknowledged does a larger window count.
                    frame(out, SETTINGS, ACK, 0, new byte[0]);
                    while (values.remaining() >= 6) {
                        int id = values.getShort();
                        int value = values.getInt();
                        streamWindow += id == 4 ? value - 65_535 : 0;
                    }
                } else if (type == HEADERS || type == RST_STREAM) {
                    // It was refused before all was sent.
                    socket.setTrafficClass(8);
                    return socket;
                }
            } catch (SocketTimeoutException e) {
                return socket;
            }
        }
        return socket;
    }

    /** Whether the server has answered, before there was a whole request. */
    static boolean isRefused(Socket socket) {
        try {
            if (socket.getTrafficClass() == 8) {
                return true;
            }
            socket.setSoTimeout(50);
            var in = new DataInputStream(socket.getInputStream());
            while (true) {
                int size = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                in.skipNBytes(5L + size);
                if (type == HEADERS || type == RST_STREAM) {
                    socket.setTrafficClass(8);
                    return true;
                }
            }
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a client sends that has {@code ConsumeStream} from {@code offset} on. */
    public static byte[] stream(long offset) throws Exception {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        frame(out, SETTINGS, 0, 0, new byte[0]);
        frame(out, HEADERS, END_HEADERS, 1, headers("/log.Log/ConsumeStream"));
        byte[] message = GrpcClient.from(offset).toByteArray();
        byte[] body = ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
        frame(out, DATA, END_STREAM, 1, body);
        return bytes.toByteArray();
    }

    /** Begins {@code count} calls and takes each back at once; gives whether the server goes on to listen. */
    static boolean isToleratedToTakeBack(int port, int count) throws Exception {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        frame(out, SETTINGS, 0, 0, new byte[0]);
        var encoder = new DefaultHttp2HeadersEncoder();
        for (int i = 0; i < count; i++) {
            int stream = 2 * i + 1;
            frame(out, HEADERS, END_HEADERS, stream, headers(encoder, stream, "/log.Log/ConsumeStream"));
            frame(out, RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
        }
        frame(out, PING, 0, 0, new byte[8]);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes.toByteArray());
            var in = new DataInputStream(socket.getInputStream());
            while (true) {
                int size = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                in.skipNBytes(4L + size);
                if (type == GOAWAY || (type == PING && flags == ACK)) {
                    return type == PING;
                }
            }
        } catch (EOFException | SocketException e) {
            return false;
        }
    }

    private static byte[] headers(String path) throws Exception {
        return headers(new DefaultHttp2HeadersEncoder(), 1, path);
    }

    private static byte[] headers(DefaultHttp2HeadersEncoder encoder, int stream, String path) throws Exception {
        ByteBuf bytes = Unpooled.buffer();
        encoder.encodeHeaders(
                stream,
                new DefaultHttp2Headers()
                        .method("POST")
                        .scheme("http")
                        .path(path)
                        .authority("localhost")
                        .set("content-type", "application/grpc")
                        .set("te", "trailers"),
                bytes);
        byte[] encoded = new byte[bytes.readableBytes()];
        bytes.readBytes(encoded);
        return encoded;
    }

    private static void frame(DataOutputStream out, int type, int flags, int stream, byte[] body) throws IOException {
        out.writeByte(body.length >> 16);
        out.writeShort(body.length & 0xffff);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
        out.write(body);
        out.flush();
    }
}
