package dwal.server.cli.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * A connection on which bytes are sent and looked at one by one, where Kafka's client would only say that something is wrong. Nothing secret
 * goes over it: under TLS it takes any certificate. One thread.
 */
final class WireConnection implements AutoCloseable {
    private static final String CLIENT_ID = "dwal-doctor";
    private static final int LARGEST_ANSWER = 16 << 20;

    private final Socket socket;
    private int correlationId;

    private WireConnection(Socket socket) {
        this.socket = socket;
    }

    static WireConnection open(Nodes.Address address, boolean tls, int timeoutMs) throws IOException {
        var socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address.host(), address.port()), timeoutMs);
            socket.setSoTimeout(timeoutMs);
            return new WireConnection(tls ? handshake(socket, address) : socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket handshake(Socket socket, Nodes.Address address) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyCertificate()}, null);
            var secured =
                    (SSLSocket) context.getSocketFactory().createSocket(socket, address.host(), address.port(), true);
            secured.startHandshake();
            return secured;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS here: " + e.getMessage(), e);
        }
    }

    /** Sends bytes of any kind, and gives the first {@code count} of the answer. */
    byte[] exchange(byte[] bytes, int count) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return read(count);
    }

    /** The first four bytes of whatever is answered to a request for the versions of APIs. */
    byte[] firstOfVersions() throws IOException {
        return exchange(frame(ApiKeys.API_VERSIONS, (short) 0, new ApiVersionsRequestData()), 4);
    }

    /** The rest of that answer, if {@code first} was the length of one of Kafka's. */
    AbstractResponse restOfVersions(byte[] first) throws IOException {
        return parse(ApiKeys.API_VERSIONS, (short) 0, ByteBuffer.wrap(first).getInt());
    }

    /** Asks something as a client of Kafka does. */
    AbstractResponse ask(ApiKeys api, short version, ApiMessage request) throws IOException {
        byte[] length = exchange(frame(api, version, request), 4);
        return parse(api, version, ByteBuffer.wrap(length).getInt());
    }

    private byte[] frame(ApiKeys api, short version, ApiMessage request) {
        var header = new RequestHeader(api, version, CLIENT_ID, ++correlationId);
        ByteBuffer body = RequestUtils.serialize(header.data(), api.requestHeaderVersion(version), request, version);
        byte[] frame = new byte[4 + body.remaining()];
        ByteBuffer.wrap(frame).putInt(body.remaining()).put(body);
        return frame;
    }

    private AbstractResponse parse(ApiKeys api, short version, int length) throws IOException {
        if (length < 4 || length > LARGEST_ANSWER) {
            throw new IOException("an answer of " + length + " bytes is none of Kafka's");
        }
        ByteBuffer answer = ByteBuffer.wrap(read(length));
        try {
            var header = ResponseHeader.parse(answer, api.responseHeaderVersion(version));
            if (header.correlationId() != correlationId) {
                throw new IOException("an answer to another request");
            }
            return AbstractResponse.parseResponse(api, new ByteBufferAccessor(answer), version);
        } catch (RuntimeException e) {
            throw new IOException("an answer that is none of Kafka's: " + e.getMessage(), e);
        }
    }

    private byte[] read(int count) throws IOException {
        byte[] bytes = new byte[count];
        new DataInputStream(socket.getInputStream()).readFully(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Trusts whoever answers. */
    private static final class AnyCertificate implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
