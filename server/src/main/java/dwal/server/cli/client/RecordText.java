package dwal.server.cli.client;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Records as lines of text: the fields asked for and the value, with tabs between them. Immutable. */
final class RecordText {

    /** What can stand in front of the value. */
    enum Field {
        partition,
        offset,
        timestamp,
        key,
        headers
    }

    /** How bytes are shown. */
    enum Bytes {
        /** As they are. */
        RAW,
        /** As they are, but for what would make a terminal do something. */
        TAMED,
        HEX
    }

    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    private final List<Field> fields;
    private final Bytes bytes;

    RecordText(List<Field> fields, Bytes bytes) {
        this.fields = List.copyOf(fields);
        this.bytes = bytes;
    }

    void write(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        for (Field field : fields) {
            write(field, record, out);
            out.write('\t');
        }
        write(record.value(), out);
        out.write('\n');
    }

    private void write(Field field, ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        switch (field) {
            case partition -> write(record.partition(), out);
            case offset -> write(record.offset(), out);
            case timestamp -> write(Instant.ofEpochMilli(record.timestamp()), out);
            case key -> write(record.key(), out);
            case headers -> {
                String separator = "";
                for (Header header : record.headers()) {
                    write(separator, out);
                    write(header.key().getBytes(StandardCharsets.UTF_8), out);
                    write("=", out);
                    write(header.value(), out);
                    separator = ",";
                }
            }
        }
    }

    private static void write(Object ours, OutputStream out) throws IOException {
        out.write(ours.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private void write(byte @Nullable [] content, OutputStream out) throws IOException {
        if (content == null) {
            out.write(NULL);
            return;
        }
        switch (bytes) {
            case RAW -> out.write(content);
            case TAMED -> out.write(tamed(content));
            case HEX -> write(HexFormat.of().formatHex(content), out);
        }
    }

    /** Control characters, the two-byte ones of UTF-8 included, as \xHH. */
    private static byte[] tamed(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (text.chars().noneMatch(RecordText::isWild)) {
            return content;
        }
        var tamed = new StringBuilder();
        text.chars().forEach(each -> {
            if (isWild(each)) {
                tamed.append("\\x").append(HexFormat.of().toHexDigits((byte) each));
            } else {
                tamed.append((char) each);
            }
        });
        return tamed.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isWild(int character) {
        return Character.isISOControl(character) && character != '\t' && character != '\n';
    }
}
