package dwal.server.quota;

import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Quota;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.utils.Sanitizer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.image.ClientQuotasImage;
import org.apache.kafka.network.Session;
import org.apache.kafka.server.quota.ClientQuotaEntity.ConfigEntity;
import org.apache.kafka.server.quota.ClientQuotaManager;
import org.apache.kafka.server.quota.ClientQuotaManager.ClientIdEntity;
import org.apache.kafka.server.quota.ClientQuotaManager.UserEntity;
import org.jspecify.annotations.Nullable;

/**
 * How much of one kind clients may use, and have used lately. Which quota is a client's, and for how long it must pause, is
 * Kafka's own reckoning. As long as nobody has set a quota of this kind, nothing is counted, and asking costs a look at a field.
 * Any thread.
 */
public final class ClientQuota {
    /** Of so many clients it is known what they have used, about; when there are more, all begin anew. */
    private static final int MOST_CLIENTS = 5_000;

    private static final int FIGURES_PER_CLIENT = 3;
    /** Clients whose names begin with the same so many characters count as one. */
    private static final int LONGEST_CLIENT_ID = 255;

    private final String key;
    private final Time time;
    private final Function<Metrics, ClientQuotaManager> maker;
    private final LongAdder pauses = new LongAdder();
    private final LongAdder pausedMs = new LongAdder();
    /** The quotas there are, by the entity they are for. */
    private Map<ClientQuotaEntity, Double> known = Map.of();
    /** Null as long as there is none. */
    private volatile @Nullable Reckoning reckoning;

    private record Reckoning(ClientQuotaManager quotas, Metrics figures) {}

    /**
     * None yet.
     *
     * @param key as the quota is called where it is set
     * @param maker makes Kafka's reckoning, which keeps its figures in what it is given
     */
    ClientQuota(String key, Time time, Function<Metrics, ClientQuotaManager> maker) {
        this.key = key;
        this.time = time;
        this.maker = maker;
    }

    /** How the quota is called where it is set. */
    public String key() {
        return key;
    }

    /** Whether any client has one. */
    public boolean isSet() {
        return reckoning != null;
    }

    /**
     * Counts that a client has used {@code amount}, and notes in its request's times if it must pause.
     *
     * @return for how many ms it must, 0 if not at all
     */
    public int use(RequestContext client, double amount) {
        ClientQuotaManager quotas = quotas();
        if (quotas == null) {
            return 0;
        }
        int ms = quotas.recordAndGetThrottleTimeMs(session(client), name(client), amount, time.milliseconds());
        pause(client, ms);
        return ms;
    }

    /** Counts {@code amount} as not used after all. */
    public void giveBack(RequestContext client, double amount) {
        ClientQuotaManager quotas = quotas();
        if (quotas != null) {
            quotas.unrecordQuotaSensor(session(client), name(client), amount, time.milliseconds());
        }
    }

    /** The most that a client may use at a time, if it has used nothing lately. */
    public int mostAtOnce(RequestContext client) {
        ClientQuotaManager quotas = quotas();
        return quotas == null
                ? Integer.MAX_VALUE
                : (int) Math.max(1, quotas.maxValueInQuotaWindow(session(client), name(client)));
    }

    /** Notes that a client must pause. */
    void pause(RequestContext client, int ms) {
        if (ms > 0) {
            pauses.increment();
            pausedMs.add(ms);
            client.times().throttled(ms, key);
        }
    }

    /** How often a client had to pause. */
    public long pauses() {
        return pauses.sum();
    }

    /** For how long all clients had to pause together. */
    public long pausedMs() {
        return pausedMs.sum();
    }

    static Session session(RequestContext client) {
        return new Session(client.connection().principal(), client.connection().address());
    }

    static String name(RequestContext client) {
        String id = client.clientId();
        return id.length() > LONGEST_CLIENT_ID ? id.substring(0, LONGEST_CLIENT_ID) : id;
    }

    /** Null if there are no quotas. */
    @Nullable
    ClientQuotaManager quotas() {
        Reckoning now = reckoning;
        if (now == null) {
            return null;
        }
        if (now.figures.metrics().size() > MOST_CLIENTS * FIGURES_PER_CLIENT) {
            beginAnew(now);
            return quotas();
        }
        return now.quotas;
    }

    // ---- what is set

    /** Takes what quotas there are as of {@code image}. */
    synchronized void apply(ClientQuotasImage image) {
        Map<ClientQuotaEntity, Double> wanted = new HashMap<>();
        image.entities().forEach((entity, quotas) -> {
            Double limit = quotas.quotas().get(key);
            if (limit != null && (has(entity, ClientQuotaEntity.USER) || has(entity, ClientQuotaEntity.CLIENT_ID))) {
                wanted.put(entity, limit);
            }
        });
        if (wanted.equals(known)) {
            return;
        }
        Map<ClientQuotaEntity, Double> before = known;
        known = wanted;
        Reckoning now = reckoning;
        if (now == null || wanted.isEmpty()) {
            replace(now);
            return;
        }
        before.keySet().stream()
                .filter(entity -> !wanted.containsKey(entity))
                .forEach(entity -> set(now.quotas, entity, null));
        wanted.forEach((entity, limit) -> {
            if (!limit.equals(before.get(entity))) {
                set(now.quotas, entity, limit);
            }
        });
    }

    private synchronized void beginAnew(Reckoning full) {
        if (full.equals(reckoning)) {
            replace(full);
        }
    }

    private void replace(@Nullable Reckoning before) {
        Reckoning made = null;
        if (!known.isEmpty()) {
            var figures = new Metrics(new MetricConfig(), new ArrayList<>(), time);
            ClientQuotaManager quotas = maker.apply(figures);
            // Its thread lets channels go on that it has muted; here the network loop of a connection does.
            quotas.initiateShutdown();
            known.forEach((entity, limit) -> set(quotas, entity, limit));
            made = new Reckoning(quotas, figures);
        }
        reckoning = made;
        if (before != null) {
            before.figures.close();
        }
    }

    private static void set(ClientQuotaManager quotas, ClientQuotaEntity entity, @Nullable Double limit) {
        quotas.updateQuota(
                part(entity, ClientQuotaEntity.USER),
                part(entity, ClientQuotaEntity.CLIENT_ID),
                Optional.ofNullable(limit).map(Quota::upperBound));
    }

    private static Optional<ConfigEntity> part(ClientQuotaEntity entity, String type) {
        if (!has(entity, type)) {
            return Optional.empty();
        }
        boolean user = type.equals(ClientQuotaEntity.USER);
        String name = entity.entries().get(type);
        if (name == null) {
            return Optional.of(
                    user ? ClientQuotaManager.DEFAULT_USER_ENTITY : ClientQuotaManager.DEFAULT_USER_CLIENT_ID);
        }
        return Optional.of(user ? new UserEntity(Sanitizer.sanitize(name)) : new ClientIdEntity(name));
    }

    private static boolean has(ClientQuotaEntity entity, String type) {
        return entity.entries().containsKey(type);
    }
}
