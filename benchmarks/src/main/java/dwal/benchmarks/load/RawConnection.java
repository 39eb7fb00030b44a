package dwal.benchmarks.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * A plain socket to a node, over which ready-made requests go, so that the client costs next to nothing and the server
 * sets the pace. One thread may send and another read.
 */
final class RawConnection implements AutoCloseable {
    private static final int LARGEST_ANSWER = 1 << 21;
    private static final int SILENCE_MS = 60_000;

    private final Socket socket = new Socket();
    private final byte[] answer = new byte[LARGEST_ANSWER];

    RawConnection(Node node) throws IOException {
        socket.connect(new InetSocketAddress(node.host(), node.port()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SILENCE_MS);
    }

    /** The bytes of a request, length and header included. */
    static byte[] frame(ApiKeys key, short version, AbstractRequest request) {
        ByteBuffer body = request.serializeWithHeader(new RequestHeader(key, version, "bench-raw", 1));
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        frame.putInt(body.remaining()).put(body);
        return frame.array();
    }

    void send(byte[] frame) throws IOException {
        socket.getOutputStream().write(frame);
    }

    /** Says that no more requests come: the server closes when it has answered all. */
    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads one answer and steps over its header; valid until the next; null when the connection is at its end. */
    @Nullable
    ByteBuffer read(ApiKeys key, short version) throws IOException {
        InputStream in = socket.getInputStream();
        if (in.readNBytes(answer, 0, 4) < 4) {
            return null;
        }
        int length = ByteBuffer.wrap(answer).getInt();
        if (length < 0 || length > answer.length) {
            throw new IOException("answer of " + length + " bytes");
        }
        if (in.readNBytes(answer, 0, length) < length) {
            return null;
        }
        ByteBuffer body = ByteBuffer.wrap(answer, 0, length);
        new ResponseHeaderData(new ByteBufferAccessor(body), key.responseHeaderVersion(version));
        return body;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
