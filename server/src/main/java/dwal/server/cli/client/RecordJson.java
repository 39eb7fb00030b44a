package dwal.server.cli.client;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON, one on a line, as dwal's HTTP interface has them, too: a key, a value or a header's value is null or an object with one
 * of the fields {@code string}, {@code base64} and {@code json}. What {@link #write} writes, {@link #read} reads. No state.
 */
final class RecordJson {
    private RecordJson() {}

    static void write(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        var line = new StringWriter();
        try (JsonGenerator into = Json.FACTORY.createGenerator(line)) {
            into.writeStartObject();
            into.writeStringField("topic", record.topic());
            into.writeNumberField("partition", record.partition());
            into.writeNumberField("offset", record.offset());
            into.writeNumberField("timestamp", record.timestamp());
            into.writeStringField("timestampType", record.timestampType().toString());
            write(into, "key", record.key());
            write(into, "value", record.value());
            into.writeArrayFieldStart("headers");
            for (Header header : record.headers()) {
                into.writeStartObject();
                into.writeStringField("name", header.key());
                write(into, "value", header.value());
                into.writeEndObject();
            }
            into.writeEndArray();
            into.writeEndObject();
        }
        out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void write(JsonGenerator into, String field, byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            into.writeNullField(field);
            return;
        }
        into.writeObjectFieldStart(field);
        String text = text(bytes);
        if (text == null) {
            into.writeStringField("base64", Base64.getEncoder().encodeToString(bytes));
        } else {
            into.writeStringField("string", text);
        }
        into.writeEndObject();
    }

    /** {@code bytes} as text, null if they are none: not UTF-8, or with control characters other than tab and line ends. */
    static @Nullable String text(byte[] bytes) {
        for (byte each : bytes) {
            if ((each >= 0 && each < ' ' && each != '\t' && each != '\n' && each != '\r') || each == 0x7f) {
                return null;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** The record that {@code line} tells of, for {@code topic}; {@code partition} where it names none. */
    static ProducerRecord<byte[], byte[]> read(byte[] line, String topic, @Nullable Integer partition)
            throws IOException {
        try (JsonParser in = Json.FACTORY.createParser(line)) {
            var fields = new Fields();
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a record is an object: {\"value\": {\"string\": \"...\"}}");
            }
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String name = in.currentName();
                in.nextToken();
                fields.read(name, in);
            }
            if (in.nextToken() != null) {
                throw new IOException("there is more than one record on the line");
            }
            Integer where = fields.partition == null ? partition : fields.partition;
            return new ProducerRecord<>(topic, where, fields.timestamp, fields.key, fields.value, fields.headers);
        }
    }

    /** What a line has said so far. */
    private static final class Fields {
        private @Nullable Integer partition;
        private @Nullable Long timestamp;
        private byte @Nullable [] key;
        private byte @Nullable [] value;
        private List<Header> headers = new ArrayList<>();

        void read(String name, JsonParser in) throws IOException {
            switch (name) {
                case "key" -> key = bytes(in);
                case "value" -> value = bytes(in);
                case "headers" -> headers = headers(in);
                case "partition" -> partition = in.currentToken() == JsonToken.VALUE_NULL ? null : in.getIntValue();
                case "timestamp" -> timestamp = in.currentToken() == JsonToken.VALUE_NULL ? null : in.getLongValue();
                case "topic", "offset", "timestampType" -> in.skipChildren(); // as a consumer has printed them
                default ->
                    throw new IOException("unknown field '" + name + "': key, value, headers, partition or timestamp");
            }
        }
    }

    private static List<Header> headers(JsonParser in) throws IOException {
        List<Header> headers = new ArrayList<>();
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return headers;
        }
        String shape = "headers are [{\"name\": \"...\", \"value\": {\"string\": \"...\"}}, ...]";
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw new IOException(shape);
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (in.currentToken() != JsonToken.START_OBJECT) {
                throw new IOException(shape);
            }
            String name = null;
            byte[] value = null;
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String field = in.currentName();
                in.nextToken();
                if (field.equals("name")) {
                    name = in.getText();
                } else if (field.equals("value")) {
                    value = bytes(in);
                } else {
                    throw new IOException(shape);
                }
            }
            if (name == null) {
                throw new IOException(shape);
            }
            headers.add(new RecordHeader(name, value));
        }
        return headers;
    }

    private static byte @Nullable [] bytes(JsonParser in) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        } else if (in.currentToken() == JsonToken.VALUE_STRING) {
            return in.getText().getBytes(StandardCharsets.UTF_8);
        } else if (in.currentToken() != JsonToken.START_OBJECT || in.nextToken() != JsonToken.FIELD_NAME) {
            throw badValue();
        }
        String kind = in.currentName();
        JsonToken token = in.nextToken();
        byte[] bytes;
        if (kind.equals("json")) {
            bytes = json(in);
        } else if (token == JsonToken.VALUE_STRING && kind.equals("string")) {
            bytes = in.getText().getBytes(StandardCharsets.UTF_8);
        } else if (token == JsonToken.VALUE_STRING && kind.equals("base64")) {
            bytes = base64(in.getText());
        } else {
            throw badValue();
        }
        if (in.nextToken() != JsonToken.END_OBJECT) {
            throw badValue();
        }
        return bytes;
    }

    private static byte[] json(JsonParser in) throws IOException {
        var text = new StringWriter();
        try (JsonGenerator into = Json.FACTORY.createGenerator(text)) {
            into.copyCurrentStructureExact(in);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] base64(String text) throws IOException {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IOException("not base64: " + e.getMessage(), e);
        }
    }

    private static IOException badValue() {
        return new IOException(
                "a key or value is null, or has exactly one field: {\"string\": \"...\"}, {\"base64\": \"...\"}"
                        + " or {\"json\": ...}");
    }
}
