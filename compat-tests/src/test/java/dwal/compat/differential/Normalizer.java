package dwal.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Makes JSON of an answer, with a word in place of each value that differs between two servers by nature. */
final class Normalizer {
    private static final Set<String> IDS =
            Set.of("memberId", "clusterId", "directoryId", "replicaDirectoryId", "clientInstanceId");
    /** Only whether they are set is compared: what Kafka explains, the other explains too, in words of its own. */
    private static final Set<String> TEXTS = Set.of("errorMessage", "message", "batchIndexErrorMessage");

    private static final Set<String> SIZES = Set.of(
            "totalBytes", "usableBytes", "size", "throttleTimeMs", "producerId", "sessionId", "finalizedFeaturesEpoch");
    /** Nearer to the present than this, a time is one of the servers' clocks; the times that tests choose are farther away. */
    static final Duration ABOUT_NOW = Duration.ofHours(6);

    private final Function<String, Optional<String>> topicName;
    private final int port;

    Normalizer(Side side) {
        this(side::topicName, side.server().port());
    }

    /** For the answers of a server at {@code port}, whose ids of topics {@code topicName} knows. */
    Normalizer(Function<String, Optional<String>> topicName, int port) {
        this.topicName = topicName;
        this.port = port;
    }

    static JsonNode outcome(String name, Object value) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        return value instanceof Boolean flag ? node.put(name, flag) : node.put(name, value.toString());
    }

    JsonNode normalize(ApiMessage message, short version) {
        JsonNode tree = tree("", json(message, version));
        if (message instanceof FetchResponseData fetched) putRecords(fetched, tree.path("responses"));
        return tree;
    }

    /** Kafka's converter leaves them empty; null stays null. */
    private static void putRecords(FetchResponseData fetched, JsonNode responses) {
        for (int topic = 0; topic < fetched.responses().size(); topic++) {
            List<PartitionData> partitions = fetched.responses().get(topic).partitions();
            JsonNode trees = responses.path(topic).path("partitions");
            for (int i = 0; i < partitions.size(); i++) {
                if (partitions.get(i).records() instanceof MemoryRecords records)
                    ((ObjectNode) trees.path(i)).set("records", RecordsTree.of(records));
            }
        }
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
                    : topicName.apply(text).orElse("an id");
        if (name.equals("errorCode") || name.equals("partitionErrorCode"))
            return Errors.forCode((short) node.asInt()).name();
        if (name.equals("port")) return node.asInt() == port ? "its port" : "another port";
        if (name.equals("logDir")) return text.isEmpty() ? "" : "a folder";
        if (IDS.contains(name)) return text.isEmpty() ? "" : "an id";
        if (TEXTS.contains(name)) return node.isNull() ? "null" : text.isEmpty() ? "" : "a text";
        if (name.equals("subscriptionId")) return node.asInt() == 0 ? "0" : "an id";
        if (SIZES.contains(name) && node.isNumber())
            return Long.signum(node.asLong()) < 0 ? text : node.asLong() == 0 ? "0" : "> 0";
        if (node.isIntegralNumber()) return time(node.asLong());
        return node.isNull() ? "null" : text;
    }

    /** The number itself, unless it is a time in milliseconds that is about now. */
    static String time(long number) {
        return Math.abs(number - System.currentTimeMillis()) < ABOUT_NOW.toMillis() ? "a time" : Long.toString(number);
    }
}
