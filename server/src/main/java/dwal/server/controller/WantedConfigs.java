package dwal.server.controller;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * The changes of configuration that one request asks for, without those that make no sense. Used by one request.
 *
 * @param <C> the changes of one resource
 */
final class WantedConfigs<C> {
    private final Map<ConfigResource, C> wanted = new LinkedHashMap<>();
    private final Map<ConfigResource, ApiError> refused = new HashMap<>();

    /** Adds what is asked for one resource, unless it is named twice or of a kind that is unknown. */
    void add(byte type, String name, C changes) {
        var resource = new ConfigResource(ConfigResource.Type.forId(type), name);
        if (resource.type() == ConfigResource.Type.UNKNOWN) {
            refuse(resource, new ApiError(Errors.UNSUPPORTED_VERSION, "Unknown resource type " + type + "."));
        } else if (refused.containsKey(resource) || wanted.containsKey(resource)) {
            refuse(resource, new ApiError(Errors.INVALID_REQUEST, "Duplicate resource."));
        } else {
            wanted.put(resource, changes);
        }
    }

    private void refuse(ConfigResource resource, ApiError error) {
        wanted.remove(resource);
        refused.put(resource, error);
    }

    Map<ConfigResource, C> byResource() {
        return wanted;
    }

    /** {@code results} and the errors of what was left out. */
    Map<ConfigResource, ApiError> withErrors(Map<ConfigResource, ApiError> results) {
        Map<ConfigResource, ApiError> all = new LinkedHashMap<>(refused);
        all.putAll(results);
        return all;
    }
}
