package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that a client has sent, value by value; what is wrong is told with the place where it stands. UTF-8, every field once,
 * and the nesting that Jackson allows (1,000). Used by one thread.
 */
final class JsonIn {
    static final JsonFactory JSON = JsonFactory.builder()
            // The names of fields are strangers' words: they shall not stay.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    private final byte[] bytes;
    private final JsonParser json;

    private JsonIn(byte[] bytes, JsonParser json) {
        this.bytes = bytes;
        this.json = json;
    }

    /** Reads something, from its first token on. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonIn in) throws IOException, BadRequest;
    }

    /** Reads the value of a field. */
    @FunctionalInterface
    interface Field {
        /** Whether there is a field of this name; then its value has been read. */
        boolean read(String name) throws IOException, BadRequest;
    }

    /** Reads one of several values. */
    @FunctionalInterface
    interface Item {
        void read() throws IOException, BadRequest;
    }

    /** What {@code reader} makes of a body that is one JSON value. */
    static <T> T read(ByteBuf body, Reader<T> reader) throws BadRequest {
        byte[] bytes = ByteBufUtil.getBytes(body);
        try (JsonParser json = JSON.createParser(bytes)) {
            if (json.nextToken() == null) {
                throw new BadRequest("There is no body: a JSON object is expected");
            }
            T result = reader.read(new JsonIn(bytes, json));
            if (json.nextToken() != null) {
                throw new BadRequest("There is more behind the JSON object");
            }
            return result;
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new BadRequest("The body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new BadRequest("The body is not JSON: " + e.getMessage());
        }
    }

    /** Reads an object; a field that is not known would be without effect, and is refused. */
    void object(Field field) throws IOException, BadRequest {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw wrong("is not an object");
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            if (!field.read(name)) {
                throw wrong("is not a field that there is");
            }
        }
    }

    /** Reads an array. */
    void array(Item item) throws IOException, BadRequest {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong("is not an array");
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            item.read();
        }
    }

    boolean isNull() {
        return json.currentToken() == JsonToken.VALUE_NULL;
    }

    String text() throws IOException, BadRequest {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong("is not a string");
        }
        return json.getText();
    }

    @Nullable
    String textOrNull() throws IOException, BadRequest {
        return isNull() ? null : text();
    }

    /** A whole number from {@code least} to {@code most}. */
    long number(long least, long most) throws IOException, BadRequest {
        String text = json.currentToken() == JsonToken.VALUE_NUMBER_INT ? json.getText() : "";
        if (!text.matches("-?[0-9]{1,20}")) {
            throw wrong("is not a whole number of 64 bits");
        }
        var number = new BigInteger(text);
        if (number.abs().compareTo(MOST) > 0 || number.longValueExact() < least || number.longValueExact() > most) {
            throw wrong("is " + text + "; it is a number from " + least + " to " + most);
        }
        return number.longValueExact();
    }

    /** The bytes of the value, whatever it is, as they were sent. */
    ByteBuffer raw() throws IOException {
        int start = Math.toIntExact(json.currentTokenLocation().getByteOffset());
        JsonToken token = json.currentToken();
        if (token.isStructStart()) {
            json.skipChildren();
        } else {
            json.finishToken();
        }
        int end = Math.toIntExact(json.currentLocation().getByteOffset());
        return ByteBuffer.wrap(bytes, start, end - start).slice();
    }

    /** What is wrong with the value that is being read. */
    BadRequest wrong(String what) {
        String path = json.getParsingContext().pathAsPointer().toString();
        return new BadRequest((path.isEmpty() ? "The body" : path.substring(1)) + " " + what);
    }
}
