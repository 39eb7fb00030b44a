package dwal.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where two trees differ: a path and both values for each place. Elements of arrays are matched by what names them; their order
 * counts in the arrays that are named for it.
 */
final class JsonDifference {
    private static final List<String> NAMES = List.of(
            "name",
            "topicName",
            "topic",
            "topicId",
            "apiKey",
            "partitionIndex",
            "partition",
            "index",
            "groupId",
            "group",
            "feature",
            "resourceName",
            "resourceType",
            "source",
            "key",
            "nodeId",
            "logDir");
    private final List<String> found = new ArrayList<>();
    private final Set<String> ordered;

    private JsonDifference(Set<String> ordered) {
        this.ordered = ordered;
    }

    /** @param ordered names of the fields whose elements must come in the same order */
    static List<String> between(JsonNode kafka, JsonNode subject, Set<String> ordered) {
        JsonDifference difference = new JsonDifference(ordered);
        difference.compare("", kafka, subject);
        return difference.found;
    }

    private void compare(String path, JsonNode kafka, JsonNode subject) {
        if (kafka.isArray() && subject.isArray()) {
            compareMaps(path, byName(kafka), byName(subject));
            if (ordered.contains(path.substring(path.lastIndexOf('.') + 1))) compareOrder(path, kafka, subject);
        } else if (kafka.isObject() && subject.isObject()) compareMaps(path, fields(kafka), fields(subject));
        else if (!kafka.equals(subject))
            found.add(path + ": kafka " + shortened(kafka) + ", here " + shortened(subject));
    }

    private void compareMaps(String path, SortedMap<String, JsonNode> kafka, SortedMap<String, JsonNode> subject) {
        Set<String> keys = new TreeSet<>(kafka.keySet());
        keys.addAll(subject.keySet());
        for (String key : keys) {
            String inner = path + (key.startsWith("[") ? "" : ".") + key;
            if (!kafka.containsKey(key)) found.add(inner + ": only here: " + shortened(subject.get(key)));
            else if (!subject.containsKey(key)) found.add(inner + ": only in kafka: " + shortened(kafka.get(key)));
            else compare(inner, kafka.get(key), subject.get(key));
        }
    }

    /** Of what both have. */
    private void compareOrder(String path, JsonNode kafka, JsonNode subject) {
        List<String> expected = names(kafka);
        List<String> actual = names(subject);
        expected.retainAll(names(subject));
        actual.retainAll(names(kafka));
        if (!expected.equals(actual)) found.add(path + " in order: kafka " + expected + ", here " + actual);
    }

    private static List<String> names(JsonNode array) {
        List<String> names = new ArrayList<>();
        array.forEach(element -> names.add(nameOf(element)));
        return names;
    }

    private static SortedMap<String, JsonNode> fields(JsonNode object) {
        SortedMap<String, JsonNode> map = new TreeMap<>();
        object.properties().forEach(field -> map.put(field.getKey(), field.getValue()));
        return map;
    }

    private static SortedMap<String, JsonNode> byName(JsonNode array) {
        SortedMap<String, JsonNode> map = new TreeMap<>();
        for (JsonNode element : array) {
            String name = nameOf(element);
            for (int n = 2; map.containsKey("[" + name + "]"); n++) name = nameOf(element) + " #" + n;
            map.put("[" + name + "]", element);
        }
        return map;
    }

    private static String nameOf(JsonNode element) {
        if (!element.isObject()) return shortened(element);
        StringBuilder name = new StringBuilder();
        for (String field : NAMES)
            if (element.has(field))
                name.append(name.isEmpty() ? "" : ",").append(element.get(field).asText());
        return name.toString();
    }

    private static String shortened(JsonNode node) {
        String text = node.toString();
        return text.length() <= 160 ? text : text.substring(0, 160) + "...";
    }
}
