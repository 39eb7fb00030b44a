package dwal.server.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts the port of {@code --port} into listeners, as they stand in a properties file. No state. */
final class ListenerPorts {
    private static final Pattern LISTENER = Pattern.compile("\\s*([^:]+)(://.*:)(\\d+)\\s*");

    private ListenerPorts() {}

    /** Gives {@code port} to the first listener for clients, and to the same one as advertised. */
    static void set(Map<String, String> properties, int port) {
        String listeners = properties.get("listeners");
        if (listeners == null) {
            properties.put("listeners", "PLAINTEXT://127.0.0.1:" + port);
            return;
        }
        Set<String> controllers = Arrays.stream(properties
                        .getOrDefault("controller.listener.names", "CONTROLLER")
                        .split(",", -1))
                .map(ListenerPorts::normal)
                .collect(Collectors.toSet());
        List<String> result = new ArrayList<>();
        @Nullable String changed = null;
        for (String listener : listeners.split(",", -1)) {
            Matcher matcher = LISTENER.matcher(listener);
            if (changed == null && matcher.matches() && !controllers.contains(normal(matcher.group(1)))) {
                changed = normal(matcher.group(1));
                result.add(matcher.group(1) + matcher.group(2) + port);
            } else {
                result.add(listener.trim());
            }
        }
        properties.put("listeners", String.join(",", result));
        if (changed != null && properties.containsKey("advertised.listeners")) {
            properties.put("advertised.listeners", advertise(properties.get("advertised.listeners"), changed, port));
        }
    }

    private static String advertise(String advertised, String name, int port) {
        return Arrays.stream(advertised.split(",", -1))
                .map(listener -> {
                    Matcher matcher = LISTENER.matcher(listener);
                    return matcher.matches() && normal(matcher.group(1)).equals(name)
                            ? matcher.group(1) + matcher.group(2) + port
                            : listener.trim();
                })
                .collect(Collectors.joining(","));
    }

    private static String normal(String name) {
        return name.trim().toUpperCase(Locale.ROOT);
    }
}
