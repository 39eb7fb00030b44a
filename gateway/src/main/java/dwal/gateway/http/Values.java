package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import org.jspecify.annotations.Nullable;

/**
 * Keys, values and values of headers, whose bytes are anyone's: null, or an object with the one field {@code string}, {@code base64} or
 * {@code json}. JSON is not read but passed on as it is, so that no number loses a digit. No state.
 */
final class Values {
    /** How bytes are told. */
    enum Format {
        /** As a string where that is one without control characters, else as base64. */
        AUTO,
        /** As a string, else as base64. */
        STRING,
        /** As base64. */
        BASE64,
        /** As JSON where that is some, else as base64. */
        JSON;

        static Format of(Query query) throws BadRequest {
            return switch (query.oneOf("format", "auto", "string", "base64", "json")) {
                case "string" -> STRING;
                case "base64" -> BASE64;
                case "json" -> JSON;
                default -> AUTO;
            };
        }
    }

    private Values() {}

    /** The bytes that a client has sent. */
    static @Nullable ByteBuffer read(JsonIn in) throws IOException, BadRequest {
        if (in.isNull()) {
            return null;
        }
        ByteBuffer[] found = {null};
        in.object(form -> {
            if (found[0] != null) {
                throw in.wrong("is one field too many: there is one of string, base64 and json");
            }
            switch (form) {
                case "string" -> found[0] = encode(in);
                case "base64" -> found[0] = decode(in);
                case "json" -> found[0] = json(in);
                default -> throw in.wrong("is none of string, base64 and json");
            }
            return true;
        });
        if (found[0] == null) {
            throw in.wrong("has none of string, base64 and json");
        }
        return found[0];
    }

    private static ByteBuffer encode(JsonIn in) throws IOException, BadRequest {
        try {
            return UTF_8.newEncoder().encode(CharBuffer.wrap(in.text()));
        } catch (CharacterCodingException e) {
            throw in.wrong("has half a character (a surrogate alone)");
        }
    }

    /** A text that can be written in UTF-8. */
    static String wellFormed(JsonIn in) throws IOException, BadRequest {
        encode(in);
        return in.text();
    }

    private static ByteBuffer json(JsonIn in) throws IOException, BadRequest {
        ByteBuffer raw = in.raw();
        if (text(raw) == null) {
            throw in.wrong("is not UTF-8");
        }
        return raw;
    }

    private static ByteBuffer decode(JsonIn in) throws IOException, BadRequest {
        try {
            return ByteBuffer.wrap(Base64Text.decode(in.text()));
        } catch (IllegalArgumentException e) {
            throw in.wrong("is not base64: " + e.getMessage());
        }
    }

    /** Writes the value of a field whose name has been written. */
    static void write(JsonGenerator json, @Nullable ByteBuffer bytes, Format format) throws IOException {
        if (bytes == null) {
            json.writeNull();
            return;
        }
        String text = format == Format.BASE64 ? null : text(bytes);
        json.writeStartObject();
        if (text != null && format == Format.JSON && isJson(text)) {
            json.writeFieldName("json");
            // Line ends are white space there: within strings they would be escaped.
            json.writeRawValue(text.replace('\n', ' ').replace('\r', ' '));
        } else if (text != null && (format == Format.STRING || (format == Format.AUTO && isPrintable(text)))) {
            json.writeStringField("string", text);
        } else {
            json.writeFieldName("base64");
            json.writeBinary(array(bytes));
        }
        json.writeEndObject();
    }

    private static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.duplicate().get(array);
        return array;
    }

    private static @Nullable String text(ByteBuffer bytes) {
        try {
            return UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes.duplicate())
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean isPrintable(String text) {
        return text.chars().allMatch(c -> !Character.isISOControl(c) || c == '\t' || c == '\r' || c == '\n');
    }

    private static boolean isJson(String text) {
        try (JsonParser parser = HttpAnswer.JSON.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            parser.finishToken();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }
}
