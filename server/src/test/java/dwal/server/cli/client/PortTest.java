package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.requests.RequestUtils;
import org.junit.jupiter.api.Test;

/** Against servers that answer a few bytes: what is a port taken for? */
class PortTest {
    private static final int TIMEOUT_MS = 300;
    private static final byte[] NOTHING = {};

    @Test
    void httpIsRecognised() throws Exception {
        assertThat(probe(request -> ascii(request).startsWith("GET") ? bytes("HTTP/1.1 404 ?\r\n\r\n") : NOTHING)
                        .speech())
                .isEqualTo(Port.Speech.HTTP);
        assertThat(probe(request -> bytes("HTTP/1.1 400 ?\r\n\r\n")).speech()).isEqualTo(Port.Speech.HTTP);
    }

    @Test
    void grpcIsRecognised() throws Exception {
        assertThat(probe(request -> ascii(request).startsWith("PRI") ? new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0} : NOTHING)
                        .speech())
                .isEqualTo(Port.Speech.HTTP2);
    }

    @Test
    void aTlsAlertIsRecognised() throws Exception {
        assertThat(probe(request -> new byte[] {0x15, 3, 3, 0, 2, 2, 40}).speech())
                .isEqualTo(Port.Speech.TLS);
    }

    @Test
    void noiseAndSilenceAreUnknown() throws Exception {
        assertThat(probe(request -> bytes("220 mail ESMTP\r\n")).speech()).isEqualTo(Port.Speech.UNKNOWN);
        assertThat(probe(request -> NOTHING).speech()).isEqualTo(Port.Speech.UNKNOWN);
    }

    @Test
    void kafkaIsRecognisedWithItsMechanisms() throws Exception {
        Port port = probe(request -> broker(request, ApiKeys.METADATA, List.of("SCRAM-SHA-512", "PLAIN")));
        assertThat(port.speech()).isEqualTo(Port.Speech.KAFKA);
        assertThat(port.tls()).isFalse();
        assertThat(port.mechanisms()).containsExactly("SCRAM-SHA-512", "PLAIN");
        assertThat(probe(request -> broker(request, ApiKeys.METADATA, List.of()))
                        .mechanisms())
                .isEmpty();
        assertThat(probe(request -> broker(request, ApiKeys.VOTE, List.of())).speech())
                .isEqualTo(Port.Speech.CONTROLLER);
    }

    @Test
    void whatAClientWantsIsComparedWithWhatIsThere() throws Exception {
        UnaryOperator<byte[]> sasl = request -> broker(request, ApiKeys.METADATA, List.of("SCRAM-SHA-512"));
        assertThat(look(Map.of(), sasl).change()).startsWith("security.protocol=SASL_PLAINTEXT");
        assertThat(look(Map.of("security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "PLAIN"), sasl)
                        .change())
                .startsWith("sasl.mechanism=SCRAM-SHA-512");
        assertThat(look(Map.of("security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "SCRAM-SHA-512"), sasl)
                        .level())
                .isEqualTo(Finding.Level.OK);
        UnaryOperator<byte[]> plain = request -> broker(request, ApiKeys.METADATA, List.of());
        assertThat(look(Map.of("security.protocol", "SSL"), plain).change()).startsWith("security.protocol=PLAINTEXT");
        assertThat(look(Map.of("security.protocol", "SASL_PLAINTEXT"), plain).change())
                .startsWith("security.protocol=PLAINTEXT");
        UnaryOperator<byte[]> tls = request -> new byte[] {0x15, 3, 3, 0, 2, 2, 40};
        assertThat(look(Map.of(), tls).change()).startsWith("security.protocol=SSL");
    }

    /** The last finding about a server of this kind. */
    private static Finding look(Map<String, Object> properties, UnaryOperator<byte[]> answers) throws IOException {
        try (var server = new Answering(answers)) {
            List<Finding> findings = new AddressChecks(properties, TIMEOUT_MS)
                    .look(server.address()).stream()
                            .filter(each -> !each.check().equals("advertised"))
                            .toList();
            return findings.get(findings.size() - 1);
        }
    }

    private static Port probe(UnaryOperator<byte[]> answers) throws IOException {
        try (var server = new Answering(answers)) {
            return Port.probe(server.address(), TIMEOUT_MS);
        }
    }

    /** What a broker that has {@code api} and these mechanisms would answer. */
    private static byte[] broker(byte[] request, ApiKeys api, List<String> mechanisms) {
        ByteBuffer header = ByteBuffer.wrap(request);
        if (request.length < 12 || header.getInt() != request.length - 4) {
            return NOTHING;
        }
        short key = header.getShort();
        short version = header.getShort();
        Message answer;
        if (key == ApiKeys.API_VERSIONS.id) {
            var versions = new ApiVersionsResponseData();
            versions.apiKeys().add(upTo(9, api));
            if (!mechanisms.isEmpty()) {
                versions.apiKeys().add(upTo(1, ApiKeys.SASL_HANDSHAKE));
            }
            answer = versions;
        } else if (key == ApiKeys.SASL_HANDSHAKE.id && !mechanisms.isEmpty()) {
            answer = new SaslHandshakeResponseData()
                    .setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code())
                    .setMechanisms(mechanisms);
        } else {
            return NOTHING;
        }
        ByteBuffer body = RequestUtils.serialize(
                new ResponseHeaderData().setCorrelationId(header.getInt()), (short) 0, answer, version);
        return ByteBuffer.allocate(4 + body.remaining())
                .putInt(body.remaining())
                .put(body)
                .array();
    }

    private static ApiVersion upTo(int version, ApiKeys api) {
        return new ApiVersion().setApiKey(api.id).setMinVersion((short) 0).setMaxVersion((short) version);
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Answers the first bytes of each connection, and closes it. */
    private static final class Answering implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final UnaryOperator<byte[]> answers;

        Answering(UnaryOperator<byte[]> answers) throws IOException {
            this.answers = answers;
            var thread = new Thread(this::serve, "answering");
            thread.setDaemon(true);
            thread.start();
        }

        Nodes.Address address() {
            return new Nodes.Address("127.0.0.1", listening.getLocalPort());
        }

        private void serve() {
            while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                    byte[] buffer = new byte[1000];
                    int count = socket.getInputStream().read(buffer);
                    if (count > 0) {
                        socket.getOutputStream().write(answers.apply(Arrays.copyOf(buffer, count)));
                        socket.getOutputStream().flush();
                    }
                } catch (IOException e) {
                    // The prober has gone, or the test is over.
                }
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
