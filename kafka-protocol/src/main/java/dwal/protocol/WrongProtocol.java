package dwal.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Says what is wrong with a length that no frame can have: often it is the beginning of another protocol. */
final class WrongProtocol {
    private static final Set<String> HTTP_VERBS =
            Set.of("GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "TRAC", "CONN", "PRI ");
    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_MAJOR_VERSION = 0x03;

    private WrongProtocol() {}

    /** The reason for refusing a frame of {@code length}; {@code first} if the connection begins with it. */
    static String reason(int length, int maxFrameBytes, boolean first) {
        if (first && HTTP_VERBS.contains(asText(length))) {
            return "it speaks HTTP to a Kafka listener: use the HTTP port for that";
        }
        if (first && length >>> 24 == TLS_HANDSHAKE && (length >>> 16 & 0xff) == TLS_MAJOR_VERSION) {
            return "it speaks TLS to a listener without TLS: set the client's security.protocol to PLAINTEXT,"
                    + " or use a TLS listener";
        }
        if (length < 0) {
            return "a request of negative length " + length;
        }
        return "a request of " + length + " bytes, more than socket.request.max.bytes=" + maxFrameBytes;
    }

    private static String asText(int length) {
        byte[] bytes = {(byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length};
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
