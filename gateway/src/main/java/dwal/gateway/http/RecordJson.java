package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.NewRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Records in JSON, as clients send them and as they are told. No state. */
final class RecordJson {
    private static final int MOST_RECORDS = 10_000;

    private RecordJson() {}

    /** A record in the making. */
    private static final class Draft {
        private @Nullable ByteBuffer key;
        private @Nullable ByteBuffer value;
        private List<Header> headers = List.of();
        private long timestamp = -1;
        private int partition = NewRecord.ANY;

        NewRecord finish(long nowMs) {
            return new NewRecord(
                    partition,
                    new SimpleRecord(timestamp < 0 ? nowMs : timestamp, key, value, headers.toArray(Header[]::new)),
                    timestamp >= 0);
        }
    }

    /** One record, or those of the field {@code records}. */
    static List<NewRecord> read(JsonIn in, long nowMs) throws IOException, BadRequest {
        List<NewRecord> records = new ArrayList<>();
        var alone = new Draft();
        boolean[] told = {false, false};
        in.object(name -> {
            boolean many = name.equals("records");
            told[many ? 1 : 0] = true;
            if (told[0] && told[1]) {
                throw in.wrong("stands beside records: send one record, or an object with the field records only");
            }
            if (many) {
                in.array(() -> records.add(one(in, nowMs, records.size())));
                return true;
            }
            return field(in, name, alone);
        });
        if (!told[1]) {
            if (!told[0]) {
                throw new BadRequest("There is no record: send {\"value\": {\"string\": \"...\"}}");
            }
            records.add(alone.finish(nowMs));
        }
        if (records.isEmpty()) {
            throw new BadRequest("records is empty");
        }
        return records;
    }

    private static NewRecord one(JsonIn in, long nowMs, int before) throws IOException, BadRequest {
        if (before == MOST_RECORDS) {
            throw new BadRequest("There are more than " + MOST_RECORDS + " records");
        }
        var draft = new Draft();
        in.object(name -> field(in, name, draft));
        return draft.finish(nowMs);
    }

    private static boolean field(JsonIn in, String name, Draft into) throws IOException, BadRequest {
        switch (name) {
            case "key" -> into.key = Values.read(in);
            case "value" -> into.value = Values.read(in);
            case "headers" -> into.headers = in.isNull() ? List.of() : headers(in);
            case "timestamp" -> into.timestamp = in.isNull() ? -1 : in.number(0, Long.MAX_VALUE);
            case "partition" -> into.partition = in.isNull() ? NewRecord.ANY : (int) in.number(0, Integer.MAX_VALUE);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static List<Header> headers(JsonIn in) throws IOException, BadRequest {
        List<Header> headers = new ArrayList<>();
        in.array(() -> {
            String[] name = {null};
            ByteBuffer[] value = {null};
            in.object(field -> {
                switch (field) {
                    case "name" -> name[0] = Values.wellFormed(in);
                    case "value" -> value[0] = Values.read(in);
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            if (name[0] == null) {
                throw in.wrong("has no name");
            }
            headers.add(new RecordHeader(name[0], Utils.toNullableArray(value[0])));
        });
        return headers;
    }

    /** Writes a record as an object. */
    static void write(JsonGenerator json, int partition, LogRecord record, Values.Format format) throws IOException {
        json.writeStartObject();
        json.writeNumberField("partition", partition);
        json.writeNumberField("offset", record.offset());
        json.writeNumberField("timestamp", record.timestamp());
        json.writeStringField("timestampType", record.timestampType().name);
        json.writeFieldName("key");
        Values.write(json, record.key(), format);
        json.writeFieldName("value");
        Values.write(json, record.value(), format);
        json.writeArrayFieldStart("headers");
        for (Header header : record.headers()) {
            json.writeStartObject();
            json.writeStringField("name", header.key());
            json.writeFieldName("value");
            byte[] value = header.value();
            Values.write(json, value == null ? null : ByteBuffer.wrap(value), format);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
