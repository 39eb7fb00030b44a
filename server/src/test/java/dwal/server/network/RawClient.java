package dwal.server.network;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** A client that sends exactly what it is told to, and reads answers one by one. */
final class RawClient implements AutoCloseable {
    final Socket socket;
    final DataInputStream in;
    final DataOutputStream out;

    RawClient(int port) throws IOException {
        this(port, 0);
    }

    /** @param receiveBufferBytes what the socket may hold unread, twice that in fact; 0 leaves it to the system */
    RawClient(int port, int receiveBufferBytes) throws IOException {
        socket = new Socket();
        if (receiveBufferBytes > 0) {
            // Before it connects: only so the peer never learns of a larger window.
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** The bytes of a request, length included. */
    static byte[] bytes(ApiKeys key, int version, int correlationId, ApiMessage body) {
        var header = new RequestHeader(key, (short) version, "raw", correlationId);
        ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), body, (short) version);
        return ByteBuffer.allocate(Integer.BYTES + frame.remaining())
                .putInt(frame.remaining())
                .put(frame)
                .array();
    }

    void send(ApiKeys key, int version, int correlationId, ApiMessage body) throws IOException {
        out.write(bytes(key, version, correlationId, body));
    }

    /** The next answer, without its length. */
    ByteBuffer receive() throws IOException {
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        return ByteBuffer.wrap(answer);
    }

    /** Reads the next answer into {@code body}; gives its correlation id. */
    int receive(ApiKeys key, int version, ApiMessage body) throws IOException {
        ByteBuffer answer = receive();
        int correlationId = answer.getInt();
        if (key.responseHeaderVersion((short) version) > 0) {
            answer.get();
        }
        body.read(new ByteBufferAccessor(answer), (short) version);
        if (answer.hasRemaining()) {
            throw new AssertionError(answer.remaining() + " bytes are left over");
        }
        return correlationId;
    }

    /** Whether the server closes the connection, within the socket's time-out. */
    boolean isClosedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
