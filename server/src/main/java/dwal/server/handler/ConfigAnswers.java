package dwal.server.handler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * The answers to one request that changes the configuration of several resources, in the order in which they were asked
 * for: some are given before the controller is asked, the others by the controller. Used by one request.
 */
final class ConfigAnswers {
    /** The answer about one resource. */
    record Answer(byte type, String name, ApiError error) {}

    private record Asked(byte type, String name, ConfigResource resource) {}

    private final List<Asked> asked = new ArrayList<>();
    private final Set<ConfigResource> seen = new HashSet<>();
    private final Map<ConfigResource, ApiError> errors = new HashMap<>();

    /** Notes that a resource is asked for; one that is asked for twice fails. */
    ConfigResource add(byte type, String name) {
        var resource = new ConfigResource(ConfigResource.Type.forId(type), name);
        asked.add(new Asked(type, name, resource));
        if (!seen.add(resource)) {
            errors.put(resource, new ApiError(Errors.INVALID_REQUEST, "Each resource must appear at most once."));
        }
        return resource;
    }

    /** Runs {@code check}; what it throws is the answer about {@code resource}. */
    void attempt(ConfigResource resource, Runnable check) {
        try {
            check.run();
        } catch (RuntimeException e) {
            errors.putIfAbsent(resource, ApiError.fromThrowable(e));
        }
    }

    /** Notes that what was asked for {@code resource} is done, or why not: the controller has nothing to do with it. */
    void done(ConfigResource resource, ApiError error) {
        errors.put(resource, error);
    }

    /** Whether the answer about this resource is known without the controller. */
    boolean isKnown(byte type, String name) {
        return errors.containsKey(new ConfigResource(ConfigResource.Type.forId(type), name));
    }

    /** All answers, once the controller has given its own. */
    CompletableFuture<List<Answer>> complete(
            boolean nothingLeft, Supplier<CompletableFuture<Map<ConfigResource, ApiError>>> controller) {
        CompletableFuture<Map<ConfigResource, ApiError>> fromController =
                nothingLeft ? CompletableFuture.completedFuture(Map.of()) : controller.get();
        return fromController.thenApply(results -> {
            List<Answer> answers = new ArrayList<>();
            for (Asked each : asked) {
                ApiError error = errors.get(each.resource());
                if (error == null) {
                    error = results.getOrDefault(each.resource(), new ApiError(Errors.UNKNOWN_SERVER_ERROR));
                }
                answers.add(new Answer(each.type(), each.name(), error));
            }
            return answers;
        });
    }
}
