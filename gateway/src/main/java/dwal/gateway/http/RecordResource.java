package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dwal.gateway.log.Answer;
import dwal.gateway.log.DefaultLog;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.Patience;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The log without a name, in JSON: {@code POST /} with {@code {"record": {"value": BASE64}}} appends and tells the offset; {@code
 * GET /} with {@code {"offset": N}}, or {@code GET /?offset=N}, reads. Any thread.
 */
final class RecordResource implements Router.Resource {
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    private final DefaultLog log;

    RecordResource(DefaultLog log) {
        this.log = log;
    }

    @Override
    public void addTo(Router router) {
        router.on("POST", "/", request -> append(log.as(request.caller()), request))
                .on("GET", "/", request -> read(log.as(request.caller()), request));
    }

    private static CompletableFuture<HttpAnswer> append(DefaultLog log, Request request) throws BadRequest {
        byte[] value = value(request.body());
        request.course().decoded();
        return log.append(List.of(ByteBuffer.wrap(value)), request.times(), Patience.until(request.over()))
                .thenApply(offset -> offset.isRefused()
                        ? refusal(offset)
                        : HttpAnswer.json(json -> json.writeNumberField("offset", offset.get())));
    }

    private static CompletableFuture<HttpAnswer> read(DefaultLog log, Request request) throws BadRequest {
        BigInteger offset = offset(request.query().parameters(), request.body());
        request.course().decoded();
        if (offset.compareTo(MOST) > 0) {
            return CompletableFuture.completedFuture(
                    refusal(Answer.refused(Errors.OFFSET_OUT_OF_RANGE, "There is no record at offset " + offset)));
        }
        return log.read(offset.longValueExact())
                .thenApply(record -> record.isRefused() ? refusal(record) : json(record.get()));
    }

    private static HttpAnswer json(LogRecord record) {
        return HttpAnswer.json(json -> {
            json.writeObjectFieldStart("record");
            ByteBuffer value = record.value();
            if (value == null) {
                json.writeNullField("value");
            } else {
                byte[] bytes = new byte[value.remaining()];
                value.duplicate().get(bytes);
                json.writeFieldName("value");
                json.writeBinary(bytes);
            }
            json.writeNumberField("offset", record.offset());
            json.writeEndObject();
        });
    }

    private static HttpAnswer refusal(Answer<?> answer) {
        String error = answer.error().name();
        return switch (answer.error()) {
            case OFFSET_OUT_OF_RANGE -> HttpAnswer.problem(404, "No such record", answer.message(), error);
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE ->
                HttpAnswer.problem(413, "Record too large", answer.message(), error);
            case INVALID_RECORD, INVALID_TIMESTAMP ->
                HttpAnswer.problem(400, "Record refused", answer.message(), error);
            case THROTTLING_QUOTA_EXCEEDED, TOPIC_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED ->
                Problems.of(answer);
            case UNKNOWN_SERVER_ERROR, CORRUPT_MESSAGE -> HttpAnswer.problem(500, "Defect", answer.message(), error);
            default -> HttpAnswer.problem(503, "The log is not available", answer.message(), error);
        };
    }

    // ---- what clients send

    private static byte[] value(ByteBuf body) throws BadRequest {
        String value = parse(body, json -> {
            String found = null;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean record = json.currentName().equals("record");
                json.nextToken();
                if (record) {
                    found = valueOfRecord(json);
                } else {
                    json.skipChildren();
                }
            }
            return found;
        });
        if (value == null) {
            throw new BadRequest("There is no record: send {\"record\": {\"value\": \"BASE64\"}}");
        }
        try {
            return Base64Text.decode(value);
        } catch (IllegalArgumentException e) {
            throw new BadRequest("record.value is not base64: " + e.getMessage());
        }
    }

    private static String valueOfRecord(JsonParser json) throws IOException, BadRequest {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw new BadRequest("record is not an object: send {\"record\": {\"value\": \"BASE64\"}}");
        }
        String value = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean wanted = json.currentName().equals("value");
            JsonToken token = json.nextToken();
            if (!wanted) {
                json.skipChildren();
            } else if (token == JsonToken.VALUE_STRING) {
                value = json.getText();
            } else {
                throw new BadRequest("record.value is not a string: send the bytes in base64");
            }
        }
        if (value == null) {
            throw new BadRequest("record.value is missing: send {\"record\": {\"value\": \"BASE64\"}}");
        }
        return value;
    }

    private static BigInteger offset(Map<String, List<String>> query, ByteBuf body) throws BadRequest {
        List<String> named = query.getOrDefault("offset", List.of());
        BigInteger told = body.isReadable() ? offset(body) : null;
        if (named.size() + (told == null ? 0 : 1) != 1) {
            throw new BadRequest("Tell one offset: as the body {\"offset\": N}, or as /?offset=N");
        }
        BigInteger offset = told == null ? number(named.get(0)) : told;
        if (offset.signum() < 0) {
            throw new BadRequest("Offsets are not negative: " + offset);
        }
        return offset;
    }

    private static BigInteger number(String text) throws BadRequest {
        if (!text.matches("-?[0-9]{1,20}")) {
            throw new BadRequest("offset is not a whole number");
        }
        return new BigInteger(text);
    }

    private static @Nullable BigInteger offset(ByteBuf body) throws BadRequest {
        return parse(body, json -> {
            BigInteger found = null;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean offset = json.currentName().equals("offset");
                JsonToken token = json.nextToken();
                if (!offset) {
                    json.skipChildren();
                } else if (token == JsonToken.VALUE_NUMBER_INT) {
                    found = number(json.getText());
                } else {
                    throw new BadRequest("offset is not a whole number");
                }
            }
            return found;
        });
    }

    /** Reads the fields of an object, from behind its opening brace on. */
    @FunctionalInterface
    private interface Fields<T> {
        @Nullable
        T read(JsonParser json) throws IOException, BadRequest;
    }

    private static <T> @Nullable T parse(ByteBuf body, Fields<T> fields) throws BadRequest {
        try (var bytes = new ByteBufInputStream(body.duplicate());
                JsonParser json = HttpAnswer.JSON.createParser((java.io.InputStream) bytes)) {
            json.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new BadRequest("The body is not a JSON object");
            }
            T result = fields.read(json);
            if (json.nextToken() != null) {
                throw new BadRequest("There is more behind the JSON object");
            }
            return result;
        } catch (JsonProcessingException e) {
            throw new BadRequest("The body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new BadRequest("The body is not JSON: " + e.getMessage());
        }
    }
}
