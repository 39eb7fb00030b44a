package dwal.gateway.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** A call, in frames of HTTP/2 (RFC 9113), whose message does not come to its end. */
final class UnfinishedCall {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;

    private UnfinishedCall() {}

    /** Begins {@code Produce} with a message of {@code length} bytes, and sends all but 1,000 of them as the server lets it. */
    static Socket begin(int port, int length) throws Exception {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(2_000);
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        frame(out, SETTINGS, 0, 0, new byte[0]);
        frame(out, HEADERS, END_HEADERS, 1, headers());
        var in = new DataInputStream(socket.getInputStream());
        long window = 65_535;
        long streamWindow = 65_535;
        int left = length - 1_000;
        byte[] prefix = {0, 0, 0, 0, 0};
        java.nio.ByteBuffer.wrap(prefix).putInt(1, length);
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
                java.nio.ByteBuffer values = java.nio.ByteBuffer.wrap(body);
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

    private static byte[] headers() throws Exception {
        ByteBuf bytes = Unpooled.buffer();
        new DefaultHttp2HeadersEncoder()
                .encodeHeaders(
                        1,
                        new DefaultHttp2Headers()
                                .method("POST")
                                .scheme("http")
                                .path("/log.Log/Produce")
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
