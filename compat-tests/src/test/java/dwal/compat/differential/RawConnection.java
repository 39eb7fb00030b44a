package dwal.compat.differential;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestUtils;

/** A socket and Kafka's message classes, with nothing between that would hide or repair something. For one thread. */
public final class RawConnection implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream input;
    private int correlation = 1000;

    public RawConnection(String host, int port) throws IOException {
        socket.connect(new InetSocketAddress(host, port), 10_000);
        socket.setSoTimeout(20_000);
        input = new DataInputStream(socket.getInputStream());
    }

    /** Sends the request and reads its answer. */
    public ApiMessage call(ApiKeys api, short version, ApiMessage request) throws IOException {
        return call(api, version, request, version);
    }

    /** The same for an answer in the layout of another version, as a refusal of ApiVersions has it. */
    public ApiMessage call(ApiKeys api, short version, ApiMessage request, short answerVersion) throws IOException {
        send(frame(api, version, request));
        ByteBuffer answer = receive();
        ResponseHeaderData header = new ResponseHeaderData();
        header.read(new ByteBufferAccessor(answer), api.responseHeaderVersion(answerVersion));
        if (header.correlationId() != correlation) {
            throw new IOException("correlation id " + header.correlationId() + " instead of " + correlation);
        }
        ApiMessage message = api.messageType.newResponse();
        message.read(new ByteBufferAccessor(answer), answerVersion);
        if (answer.hasRemaining()) throw new IOException(answer.remaining() + " bytes left over after " + message);
        return message;
    }

    /** A whole frame: its size, the header, the body. */
    public ByteBuffer frame(ApiKeys api, short version, ApiMessage request) {
        correlation++;
        short headerVersion = api.requestHeaderVersion(api.isVersionSupported(version) ? version : api.latestVersion());
        short bodyVersion = api.isVersionSupported(version) ? version : api.latestVersion();
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(api.id)
                .setRequestApiVersion(version)
                .setClientId("differential")
                .setCorrelationId(correlation);
        ByteBuffer body = RequestUtils.serialize(header, headerVersion, request, bodyVersion);
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        return frame.putInt(body.remaining()).put(body).flip();
    }

    public void send(ByteBuffer bytes) throws IOException {
        socket.getOutputStream().write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        socket.getOutputStream().flush();
    }

    /** The next frame, without its size; fails when the peer closes the connection. */
    public ByteBuffer receive() throws IOException {
        byte[] frame = new byte[input.readInt()];
        input.readFully(frame);
        return ByteBuffer.wrap(frame);
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
