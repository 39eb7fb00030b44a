package dwal.server.cli.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.SaslHandshakeResponse;

/**
 * What is spoken at a port, found out by speaking to it: as a client of Kafka, then in TLS, HTTP and HTTP/2.
 *
 * @param tls whether it is spoken inside TLS
 * @param mechanisms the SASL mechanisms that the listener wants one of; empty if it wants none
 * @param metadataVersion the newest version of Metadata there
 */
record Port(Speech speech, boolean tls, List<String> mechanisms, short metadataVersion) {
    private static final byte[] HTTP_REQUEST = ascii("GET / HTTP/1.0\r\n\r\n");
    /** The preface of HTTP/2 and empty settings (RFC 9113, 3.4). */
    private static final byte[] HTTP2_PREFACE =
            ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\000\000\000\004\000\000\000\000\000");

    private static final byte HTTP2_SETTINGS = 4;
    private static final byte TLS_ALERT = 0x15;

    enum Speech {
        /** A broker's listener. */
        KAFKA,
        /** A listener for controllers. */
        CONTROLLER,
        HTTP,
        /** HTTP/2 from the start: gRPC. */
        HTTP2,
        /** TLS, and inside it nothing of these. */
        TLS,
        /** None of these, or nothing at all. */
        UNKNOWN
    }

    /** Throws if nobody is there. */
    static Port probe(Nodes.Address address, int timeoutMs) {
        Port plain = probe(address, false, timeoutMs);
        if (plain.speech != Speech.UNKNOWN && plain.speech != Speech.TLS) {
            return plain;
        }
        if (!shakesHands(address, timeoutMs)) {
            // After an alert it is TLS all the same, of a kind that we do not get along with.
            return plain;
        }
        Port inside = probe(address, true, timeoutMs);
        return inside.speech == Speech.UNKNOWN ? of(Speech.TLS, true) : inside;
    }

    private static boolean shakesHands(Nodes.Address address, int timeoutMs) {
        try {
            WireConnection.open(address, true, timeoutMs).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Port probe(Nodes.Address address, boolean tls, int timeoutMs) {
        try (WireConnection connection = WireConnection.open(address, tls, timeoutMs)) {
            byte[] first = connection.firstOfVersions();
            if (startsAsHttp(first)) {
                return of(Speech.HTTP, tls);
            } else if (first[0] == TLS_ALERT && first[1] == 3) {
                return of(Speech.TLS, tls);
            }
            return ofKafka(address, connection.restOfVersions(first), tls, timeoutMs);
        } catch (IOException e) {
            return probeHttp(address, tls, timeoutMs);
        }
    }

    private static Port ofKafka(Nodes.Address address, AbstractResponse answer, boolean tls, int timeoutMs) {
        var metadata = ((ApiVersionsResponse) answer).apiVersion(ApiKeys.METADATA.id);
        if (metadata == null) {
            return of(Speech.CONTROLLER, tls);
        }
        short version = (short) Math.min(metadata.maxVersion(), ApiKeys.METADATA.latestVersion());
        boolean knowsSasl = ((ApiVersionsResponse) answer).apiVersion(ApiKeys.SASL_HANDSHAKE.id) != null;
        List<String> mechanisms = knowsSasl ? mechanisms(address, tls, timeoutMs) : List.of();
        return new Port(Speech.KAFKA, tls, mechanisms, version);
    }

    /** A listener with SASL answers to a mechanism that nobody has with those that it has; one without refuses the question. */
    private static List<String> mechanisms(Nodes.Address address, boolean tls, int timeoutMs) {
        try (WireConnection connection = WireConnection.open(address, tls, timeoutMs)) {
            var answer = (SaslHandshakeResponse) connection.ask(
                    ApiKeys.SASL_HANDSHAKE, (short) 1, new SaslHandshakeRequestData().setMechanism("NONE-OF-ALL"));
            return answer.error() == Errors.UNSUPPORTED_SASL_MECHANISM ? answer.enabledMechanisms() : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static Port probeHttp(Nodes.Address address, boolean tls, int timeoutMs) {
        try (WireConnection connection = WireConnection.open(address, tls, timeoutMs)) {
            if (startsAsHttp(connection.exchange(HTTP_REQUEST, 4))) {
                return of(Speech.HTTP, tls);
            }
        } catch (IOException e) {
            // Not HTTP/1.
        }
        try (WireConnection connection = WireConnection.open(address, tls, timeoutMs)) {
            byte[] frameHeader = connection.exchange(HTTP2_PREFACE, 4);
            return of(frameHeader[0] == 0 && frameHeader[3] == HTTP2_SETTINGS ? Speech.HTTP2 : Speech.UNKNOWN, tls);
        } catch (IOException e) {
            return of(Speech.UNKNOWN, tls);
        }
    }

    private static boolean startsAsHttp(byte[] first) {
        return new String(first, StandardCharsets.US_ASCII).equals("HTTP");
    }

    private static Port of(Speech speech, boolean tls) {
        return new Port(speech, tls, List.of(), (short) 0);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
