package dwal.protocol;

import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.utils.ByteUtils;

/** Writes random messages of any API and version, by walking Kafka's schemas; the same seed gives the same bytes. */
final class RandomMessages {
    private final Random random;
    private final ByteBuffer out = ByteBuffer.allocate(64 * 1024);

    RandomMessages(long seed) {
        this(new Random(seed));
    }

    RandomMessages(Random random) {
        this.random = random;
    }

    /** A request's body. */
    byte[] requestBody(ApiKeys key, short version) {
        return message(key.messageType.requestSchemas()[version]);
    }

    /** A response's body. */
    byte[] responseBody(ApiKeys key, short version) {
        return message(key.messageType.responseSchemas()[version]);
    }

    private byte[] message(Schema schema) {
        out.clear();
        writeFields(schema, 0);
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private void writeFields(Schema schema, int depth) {
        for (BoundField field : schema.fields()) {
            write(field.def.type, depth);
        }
    }

    private void write(Type type, int depth) {
        if (type instanceof Schema schema) {
            writeStruct(schema, depth);
        } else if (type instanceof TaggedFields) {
            writeTags();
        } else if (type.isArray()) {
            writeArray(type, depth);
        } else {
            writeSimple(type.toString());
        }
    }

    private void writeStruct(Schema schema, int depth) {
        if (schema instanceof NullableSchema) {
            boolean present = random.nextInt(4) != 0;
            out.put((byte) (present ? 1 : -1));
            if (!present) {
                return;
            }
        }
        writeFields(schema, depth + 1);
    }

    private void writeArray(Type type, int depth) {
        boolean compact = type.toString().startsWith("COMPACT");
        int length = depth > 2 ? random.nextInt(2) : random.nextInt(4);
        if (type.isNullable() && random.nextInt(4) == 0) {
            length = -1;
        }
        writeLength(compact, length);
        for (int i = 0; i < length; i++) {
            write(type.arrayElementType().orElseThrow(), depth + 1);
        }
    }

    /** Tags that nobody knows: they must be carried along. */
    private void writeTags() {
        int tags = random.nextInt(8) == 0 ? 1 + random.nextInt(2) : 0;
        ByteUtils.writeUnsignedVarint(tags, out);
        for (int tag = 0; tag < tags; tag++) {
            ByteUtils.writeUnsignedVarint(1000 + tag, out);
            byte[] value = bytes(random.nextInt(5));
            ByteUtils.writeUnsignedVarint(value.length, out);
            out.put(value);
        }
    }

    private void writeSimple(String type) {
        switch (type) {
            case "BOOLEAN" -> out.put((byte) random.nextInt(2));
            case "INT8" -> out.put((byte) random.nextInt());
            case "INT16", "UINT16" -> out.putShort((short) random.nextInt());
            case "INT32", "UINT32" -> out.putInt(random.nextInt());
            case "INT64" -> out.putLong(random.nextLong());
            case "FLOAT64" -> out.putDouble(random.nextInt());
            case "UUID" -> out.putLong(random.nextLong()).putLong(random.nextLong());
            case "STRING", "NULLABLE_STRING", "COMPACT_STRING", "COMPACT_NULLABLE_STRING" -> writeString(type);
            case "BYTES", "NULLABLE_BYTES", "RECORDS", "NULLABLE_RECORDS" -> writeBytes(false, type);
            case "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES", "COMPACT_RECORDS", "COMPACT_NULLABLE_RECORDS" ->
                writeBytes(true, type);
            default -> throw new AssertionError("no random value for " + type);
        }
    }

    private void writeString(String type) {
        boolean compact = type.startsWith("COMPACT");
        if (type.contains("NULLABLE") && random.nextInt(4) == 0) {
            writeShortLength(compact, -1);
            return;
        }
        byte[] text = new byte[random.nextInt(12)];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) ('a' + random.nextInt(26));
        }
        writeShortLength(compact, text.length);
        out.put(text);
    }

    private void writeBytes(boolean compact, String type) {
        if (type.contains("NULLABLE") && random.nextInt(4) == 0) {
            writeLength(compact, -1);
            return;
        }
        byte[] value = bytes(random.nextInt(30));
        writeLength(compact, value.length);
        out.put(value);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private void writeLength(boolean compact, int length) {
        if (compact) {
            ByteUtils.writeUnsignedVarint(length + 1, out);
        } else {
            out.putInt(length);
        }
    }

    private void writeShortLength(boolean compact, int length) {
        if (compact) {
            ByteUtils.writeUnsignedVarint(length + 1, out);
        } else {
            out.putShort((short) length);
        }
    }
}
