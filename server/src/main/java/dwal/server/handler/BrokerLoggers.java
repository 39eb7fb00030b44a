package dwal.server.handler;

import static java.util.stream.Collectors.joining;

import dwal.server.handler.ConfigChanges.Change;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.LogLevelConfig;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.simple.RunTimeLevels;

/**
 * The loggers of this node, which are resources of type BROKER_LOGGER: each node changes its own, and keeps nothing of it beyond its
 * end, as Kafka does. Any thread.
 *
 * @param nodeId of this node
 * @param levels empty if they cannot be changed, as the log is written by another library than dwal's own
 */
public record BrokerLoggers(int nodeId, Optional<RunTimeLevels> levels) {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerLoggers.class);
    /** Kafka's least level, and that of slf4j-simple, of which nothing is written. */
    private static final String FATAL = "FATAL";

    private static final String OFF = "OFF";

    /** Those of this process, which is the node {@code nodeId}. */
    public BrokerLoggers(int nodeId) {
        this(nodeId, RunTimeLevels.ofProcess());
    }

    /** The level of each, in Kafka's words. */
    SortedMap<String, String> all() {
        SortedMap<String, String> all = new TreeMap<>();
        levels.ifPresent(known -> all.putAll(known.all()));
        all.replaceAll((name, level) -> level.equals(OFF) ? FATAL : level);
        return all;
    }

    /** Does the changes if all of them make sense and they are not {@code onlyChecked}; the error otherwise. */
    public ApiError change(AlterConfigsResource resource, boolean onlyChecked) {
        try {
            List<Change> changes = IncrementalAlterConfigsHandler.changes(resource);
            ConfigChanges.checkForm(changes);
            ConfigChanges.requireNode(resource.resourceName(), nodeId, "");
            change(changes, onlyChecked);
            return ApiError.NONE;
        } catch (ApiException e) {
            return ApiError.fromThrowable(e);
        }
    }

    private void change(List<Change> changes, boolean onlyChecked) {
        RunTimeLevels changed =
                levels.orElseThrow(() -> new InvalidRequestException("The log of this node is not written by"
                        + " slf4j-simple, and its levels cannot be changed while it runs"));
        Map<String, String> known = changed.all();
        changes.forEach(change -> check(change, known));
        if (!onlyChecked) {
            changes.forEach(change -> apply(change, changed));
        }
    }

    private static void check(Change change, Map<String, String> known) {
        OpType operation = change.operation();
        if (operation != OpType.SET && operation != OpType.DELETE) {
            throw new InvalidRequestException(operation + " is not for log levels, only SET and DELETE");
        }
        if (!known.containsKey(change.name())) {
            throw new InvalidConfigurationException("There is no logger " + change.name());
        }
        if (operation == OpType.SET && !isLevel(change.value())) {
            throw new InvalidConfigurationException(change.value() + " is not a log level; levels are "
                    + LogLevelConfig.VALID_LOG_LEVELS.stream().sorted().collect(joining(", ")));
        }
        if (operation == OpType.DELETE && change.name().equals(RunTimeLevels.ROOT)) {
            throw new InvalidRequestException("The level of the root logger can be set, but not removed");
        }
    }

    private static boolean isLevel(@Nullable String text) {
        return text != null && LogLevelConfig.VALID_LOG_LEVELS.contains(text);
    }

    private static void apply(Change change, RunTimeLevels levels) {
        String level = change.value();
        if (change.operation() == OpType.DELETE || level == null) {
            levels.unset(change.name());
        } else {
            levels.set(change.name(), level.equals(FATAL) ? OFF : level);
        }
        LOG.info("The log level of {} is {} now", change.name(), levels.all().get(change.name()));
    }
}
