package dwal.protocol;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Makes requests of frames: the header by hand, the body by Kafka's generated classes.
 *
 * <p>Whatever the bytes, it gives a value of {@link Decoded} and never throws. One for each connection, owned by the
 * connection's network loop: it remembers the client's name, which is the same in every request.
 */
public final class RequestDecoder {

    /** What a frame turned out to be. */
    public sealed interface Decoded {}

    /**
     * A request that can be handled.
     *
     * @param pointsIntoFrame whether {@code body} refers to bytes of the frame, which must be kept until it was handled
     */
    public record Request(
            ApiTable.Entry api,
            short version,
            int correlationId,
            String clientId,
            ApiMessage body,
            boolean pointsIntoFrame)
            implements Decoded {

        /** The same with an empty body. */
        public Request withoutBody() {
            return new Request(
                    api, version, correlationId, clientId, api.key().messageType.newRequest(), false);
        }
    }

    /** ApiVersions in a version that we do not know: the one case in which a client that is too new gets an answer. */
    public record NewerApiVersions(int correlationId, String clientId, short version) implements Decoded {}

    /** Nothing that can be answered; {@code reason} is for people and says what to do if anything can be done. */
    public record Refused(String reason) implements Decoded {}

    /** There is no room for its objects, because of other requests: it may be decoded again. */
    public record NoRoom() implements Decoded {}

    private static final NoRoom NO_ROOM = new NoRoom();
    private static final byte[] NO_NAME = new byte[0];

    private final ApiTable table;
    private final int objectBytesLimit;
    private byte[] clientIdBytes = NO_NAME;
    private String clientId = "";

    /**
     * A decoder for one connection.
     *
     * @param objectBytesLimit how many bytes of the heap the fields of one request may take, by estimation; records, which are not
     *     copied, do not count
     */
    public RequestDecoder(ApiTable table, int objectBytesLimit) {
        this.table = table;
        this.objectBytesLimit = objectBytesLimit;
    }

    /** The API key of a frame, without decoding it; -1 if there is none. */
    public static short peekApiKey(ByteBuffer frame) {
        return frame.remaining() < Short.BYTES ? -1 : frame.getShort(frame.position());
    }

    /** Decodes one frame, without its length, that takes no part in what all requests may have together. */
    public Decoded decode(ByteBuffer frame) {
        return decode(frame, RequestObjects.unbounded());
    }

    /**
     * Decodes one frame, without its length.
     *
     * @param share of all objects: holds, after a {@link Request} only, what its objects take, and is then to be released
     */
    public Decoded decode(ByteBuffer frame, RequestObjects.Share share) {
        try {
            return decodeHeader(frame, share);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return new Refused("the request's header does not parse: " + reasonOf(e));
        }
    }

    private Decoded decodeHeader(ByteBuffer frame, RequestObjects.Share share) {
        short apiKey = frame.getShort();
        short version = frame.getShort();
        if (!ApiKeys.hasId(apiKey)) {
            return new Refused("there is no API with key " + apiKey);
        }
        ApiKeys key = ApiKeys.forId(apiKey);
        ApiTable.Entry api = table.entry(key);
        if (api == null) {
            return new Refused(key.name + " (API key " + apiKey + ") is not served here");
        }
        int correlationId = frame.getInt();
        readClientId(frame);
        if (!api.has(version)) {
            return unsupported(api, version, correlationId);
        }
        if (key.requestHeaderVersion(version) >= 2) {
            skipTaggedFields(frame);
        }
        return decodeBody(api, version, correlationId, frame, share);
    }

    private Decoded unsupported(ApiTable.Entry api, short version, int correlationId) {
        if (api.key() == ApiKeys.API_VERSIONS) {
            return new NewerApiVersions(correlationId, clientId, version);
        }
        return new Refused(
                "%s version %d is not served here, only %d to %d: the client \"%s\" should ask ApiVersions first"
                        .formatted(api.key().name, version, api.lowest(), api.highest(), clientId));
    }

    private Decoded decodeBody(
            ApiTable.Entry api, short version, int correlationId, ByteBuffer frame, RequestObjects.Share share) {
        var reader = new RequestReader(frame, objectBytesLimit, share, api.key(), version);
        ApiMessage body = api.key().messageType.newRequest();
        try {
            body.read(reader, version);
        } catch (RuntimeException e) {
            // The generated classes throw plain RuntimeExceptions for anything that does not fit.
            share.fail();
            if (share.lacked()) {
                return NO_ROOM;
            }
            return new Refused("%s version %d does not parse: %s".formatted(api.key().name, version, reasonOf(e)));
        }
        reader.finish();
        if (reader.unread() > 0) {
            share.release();
            return new Refused(
                    "%s version %d has %d bytes left over".formatted(api.key().name, version, reader.unread()));
        }
        return new Request(api, version, correlationId, clientId, body, reader.pointsIntoFrame());
    }

    /** The client's name: a nullable string with a length of two bytes, in all versions of the header. */
    private void readClientId(ByteBuffer frame) {
        int length = Math.max(0, frame.getShort());
        if (length > frame.remaining()) {
            throw new IllegalArgumentException(
                    "a client id of " + length + " bytes where " + frame.remaining() + " are left");
        }
        byte[] known = clientIdBytes;
        int at = frame.position();
        if (length != known.length || !startsWith(frame, at, known)) {
            byte[] bytes = new byte[length];
            frame.get(at, bytes);
            clientIdBytes = bytes;
            clientId = new String(bytes, StandardCharsets.UTF_8);
        }
        frame.position(at + length);
    }

    private static boolean startsWith(ByteBuffer frame, int at, byte[] bytes) {
        return frame.slice(at, bytes.length).equals(ByteBuffer.wrap(bytes));
    }

    private static void skipTaggedFields(ByteBuffer frame) {
        int fields = ByteUtils.readUnsignedVarint(frame);
        for (int i = 0; i != fields; i++) {
            ByteUtils.readUnsignedVarint(frame);
            int length = ByteUtils.readUnsignedVarint(frame);
            if (length < 0 || length > frame.remaining()) {
                throw new IllegalArgumentException(
                        "a tagged field of " + length + " bytes where " + frame.remaining() + " are left");
            }
            frame.position(frame.position() + length);
        }
    }

    private static String reasonOf(RuntimeException e) {
        return e instanceof BufferUnderflowException ? "it ends too early" : String.valueOf(e.getMessage());
    }
}
