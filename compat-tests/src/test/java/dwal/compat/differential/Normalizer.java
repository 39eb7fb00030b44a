package dwal.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** Makes JSON of an answer, with a word in place of each value that differs between two servers by nature. */
final class Normalizer {
    private static final Set<String> IDS =
            Set.of("memberId", "clusterId", "directoryId", "replicaDirectoryId", "clientInstanceId");
    /** Only whether they are set is compared: what Kafka explains, the other explains too, in words of its own. */
    private static final Set<String> TEXTS = Set.of("errorMessage", "message", "batchIndexErrorMessage");

    private static final Set<String> SIZES = Set.of(
            "totalBytes",
            "usableBytes",
            "size",
            "throttleTimeMs",
            "producerId",
            "sessionId",
            "lastTimestamp",
            "logAppendTimeMs",
            "finalizedFeaturesEpoch");
    private static final long RECENT = 1_600_000_000_000L;
    private final Side side;

    Normalizer(Side side) {
        this.side = side;
    }

    static JsonNode outcome(String name, Object value) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        return value instanceof Boolean flag ? node.put(name, flag) : node.put(name, value.toString());
    }

    JsonNode normalize(ApiMessage message, short version) {
        return tree("", json(message, version));
    }

    /** By the converter that Kafka generates for each message. */
    private static JsonNode json(ApiMessage message, short version) {
        try {
            return (JsonNode) Class.forName(message.getClass().getName() + "JsonConverter")
                    .getMethod("write", message.getClass(), short.class)
                    .invoke(null, message, version);
        } catch (InvocationTargetException e) {
            throw new AssertionError(message.toString(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no converter of " + message, e);
        }
    }

    private JsonNode tree(String name, JsonNode node) {
        if (node.isObject()) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            for (Map.Entry<String, JsonNode> field : node.properties())
                copy.set(field.getKey(), tree(field.getKey(), field.getValue()));
            return copy;
        }
        if (node.isArray()) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            node.forEach(element -> copy.add(tree(name, element)));
            return copy;
        }
        return JsonNodeFactory.instance.textNode(value(name, node));
    }

    private String value(String name, JsonNode node) {
        String text = node.asText();
        if (name.equals("topicId"))
            return text.equals("AAAAAAAAAAAAAAAAAAAAAA")
                    ? "none"
                    : side.topicName(text).orElse("an id");
        if (name.equals("errorCode") || name.equals("partitionErrorCode"))
            return Errors.forCode((short) node.asInt()).name();
        if (name.equals("port")) return node.asInt() == side.server().port() ? "its port" : "another port";
        if (name.equals("logDir")) return text.isEmpty() ? "" : "a folder";
        if (IDS.contains(name)) return text.isEmpty() ? "" : "an id";
        if (TEXTS.contains(name)) return node.isNull() ? "null" : text.isEmpty() ? "" : "a text";
        if (name.equals("subscriptionId")) return node.asInt() == 0 ? "0" : "an id";
        if (SIZES.contains(name) && node.isNumber())
            return Long.signum(node.asLong()) < 0 ? text : node.asLong() == 0 ? "0" : "> 0";
        if (node.isNumber() && node.asLong() > RECENT && node.asLong() < 2 * RECENT) return "a time";
        return node.isNull() ? "null" : text;
    }
}
