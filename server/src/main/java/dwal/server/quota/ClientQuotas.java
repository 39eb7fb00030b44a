package dwal.server.quota;

import dwal.environment.Clock;
import dwal.protocol.RequestContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.image.ClientQuotasImage;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.config.ClientQuotaManagerConfig;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.quota.ClientQuotaManager;
import org.apache.kafka.server.quota.ControllerMutationQuota;
import org.apache.kafka.server.quota.ControllerMutationQuotaManager;
import org.apache.kafka.server.quota.QuotaType;

/**
 * What clients may use of this node, of each kind: bytes to produce and to fetch, time of the network loops, and changes of topics.
 * Each node counts what is asked of itself. Any thread.
 */
public final class ClientQuotas {
    private static final double PERCENT_PER_NANO = 100.0 / 1e9;

    private final ClientQuota produce;
    private final ClientQuota fetch;
    private final ClientQuota request;
    private final ClientQuota mutation;
    private ClientQuotasImage known = ClientQuotasImage.EMPTY;

    /**
     * No quotas yet.
     *
     * @param config has the windows over which rates are measured
     */
    public ClientQuotas(Clock clock, AbstractConfig config) {
        Time time = new QuotaTime(clock);
        var windows = new ClientQuotaManagerConfig(
                config.getInt(QuotaConfig.NUM_QUOTA_SAMPLES_CONFIG),
                config.getInt(QuotaConfig.QUOTA_WINDOW_SIZE_SECONDS_CONFIG));
        var controllerWindows = new ClientQuotaManagerConfig(
                config.getInt(QuotaConfig.NUM_CONTROLLER_QUOTA_SAMPLES_CONFIG),
                config.getInt(QuotaConfig.CONTROLLER_QUOTA_WINDOW_SIZE_SECONDS_CONFIG));
        produce = new ClientQuota(
                QuotaConfig.PRODUCER_BYTE_RATE_OVERRIDE_CONFIG,
                time,
                figures -> new ClientQuotaManager(windows, figures, QuotaType.PRODUCE, time, ""));
        fetch = new ClientQuota(
                QuotaConfig.CONSUMER_BYTE_RATE_OVERRIDE_CONFIG,
                time,
                figures -> new ClientQuotaManager(windows, figures, QuotaType.FETCH, time, ""));
        request = new ClientQuota(
                QuotaConfig.REQUEST_PERCENTAGE_OVERRIDE_CONFIG,
                time,
                figures -> new RequestTimeQuota(windows, figures, time));
        mutation = new ClientQuota(
                QuotaConfig.CONTROLLER_MUTATION_RATE_OVERRIDE_CONFIG,
                time,
                figures -> new ControllerMutationQuotaManager(controllerWindows, figures, time, "", Optional.empty()));
    }

    /** Of whom nobody will hear that there are any. */
    public static ClientQuotas none() {
        return new ClientQuotas(Clock.system(), new AbstractConfig(QuotaConfig.CONFIG_DEF, Map.of(), false));
    }

    /** Takes what quotas there are as of {@code image}; one call at a time. */
    public void apply(MetadataImage image) {
        ClientQuotasImage now = image.clientQuotas();
        if (!now.equals(known)) {
            known = now;
            all().forEach(each -> each.apply(now));
        }
    }

    /** Of each kind. */
    public List<ClientQuota> all() {
        return List.of(produce, fetch, request, mutation);
    }

    /** Bytes of Produce requests, per second. */
    public ClientQuota produce() {
        return produce;
    }

    /** Bytes of fetched records, per second. */
    public ClientQuota fetch() {
        return fetch;
    }

    /** Percent of the time of one network loop. */
    public ClientQuota request() {
        return request;
    }

    /** Partitions created and deleted, per second; counted by the active controller. */
    public ClientQuota mutation() {
        return mutation;
    }

    /**
     * Counts time of a network loop.
     *
     * @return for how many ms the client must pause, 0 if not at all
     */
    public int useLoop(RequestContext client, long nanos) {
        return request.use(client, nanos * PERCENT_PER_NANO);
    }

    /**
     * What one request of {@code client} may change of topics (KIP-599).
     *
     * @param strictSince the version from which on it is refused when it is too much; older ones only pause after it
     */
    public ControllerMutationQuota mutations(RequestContext client, int strictSince) {
        if (!(mutation.quotas() instanceof ControllerMutationQuotaManager quotas)) {
            return ControllerMutationQuota.UNBOUNDED_CONTROLLER_MUTATION_QUOTA;
        }
        return client.apiVersion() >= strictSince
                ? quotas.newStrictQuotaFor(ClientQuota.session(client), ClientQuota.name(client))
                : quotas.newPermissiveQuotaFor(ClientQuota.session(client), ClientQuota.name(client));
    }

    /**
     * The request that had {@code used} is done.
     *
     * @return for how many ms the client must pause, 0 if not at all
     */
    public int pauseAfter(RequestContext client, ControllerMutationQuota used) {
        int ms = used.throttleTime();
        mutation.pause(client, ms);
        return ms;
    }
}
