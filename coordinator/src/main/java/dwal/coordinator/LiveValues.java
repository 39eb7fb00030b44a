package dwal.coordinator;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.jspecify.annotations.Nullable;

/**
 * The node's settings as the embedded coordinator sees them: it asks again each time for those that may change at run time,
 * and keeps the others from its start. Any thread.
 */
final class LiveValues extends AbstractConfig {
    private static final String THREADS = GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_THREADS_CONFIG;

    private final AbstractConfig atStart;
    private volatile AbstractConfig newest;

    LiveValues(AbstractConfig atStart) {
        super(new ConfigDef(), Map.of(), false);
        this.atStart = atStart;
        this.newest = atStart;
    }

    /** From now on {@code settings} count. */
    void update(AbstractConfig settings) {
        newest = settings;
    }

    @Override
    protected @Nullable Object get(String key) {
        if (key.equals(THREADS) && !atStart.originals().containsKey(THREADS)) {
            return threads();
        }
        AbstractConfig source = GroupCoordinatorConfig.RECONFIGURABLE_CONFIGS.contains(key) ? newest : atStart;
        return source.values().get(key);
    }

    @Override
    public Map<String, Object> originals() {
        return atStart.originals();
    }

    /**
     * Unless the user chose a number, as many coordinator threads as half the processors, at most Kafka's default of four:
     * each one wakes up three times a second when idle, and one alone carries thousands of commits a second.
     */
    private static int threads() {
        return Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    }
}
