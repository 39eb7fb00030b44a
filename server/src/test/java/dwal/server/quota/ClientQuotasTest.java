package dwal.server.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.coordinator.VirtualTime;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.image.ClientQuotaImage;
import org.apache.kafka.image.ClientQuotasImage;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.quota.ControllerMutationQuota;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientQuotasTest {
    private static final int RATE = 1_000_000;
    /** Kafka's defaults: eleven windows of a second, of which the last is under way. */
    private static final int WINDOWS = 11;

    private final VirtualTime time = new VirtualTime();
    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final ClientQuotas quotas =
            new ClientQuotas(time, new AbstractConfig(QuotaConfig.CONFIG_DEF, Map.of(), false));
    private final Map<ClientQuotaEntity, ClientQuotaImage> set = new HashMap<>();

    @AfterEach
    void stop() {
        loop.shutdownNow();
    }

    @Test
    void whatAClientUsesInTheLongRunIsWhatItsQuotaAllows() {
        set(Map.of("client-id", "shop"), "producer_byte_rate", RATE);
        long began = time.wallMs();
        long used = 0;
        while (time.wallMs() - began < 120_000) {
            used += 300_000;
            // As a client of KIP-219 does; and it needs a millisecond itself.
            time.advance(1 + quotas.produce().use(client("shop"), 300_000));
        }
        // It begins with an empty window: so much it may use on top of its rate, and one request more.
        double seconds = (time.wallMs() - began) / 1000.0;
        assertThat(used).isBetween((long) (RATE * seconds * 0.95), (long) (RATE * (seconds + WINDOWS)) + 300_000);
        assertThat(quotas.produce().pauses()).isPositive();
        assertThat(quotas.produce().pausedMs()).isGreaterThan(60_000);
    }

    @Test
    void whoeverHasNoQuotaDoesNotPause() {
        assertThat(quotas.produce().isSet()).isFalse();
        assertThat(quotas.produce().use(client("shop"), 1e12)).isZero();
        set(Map.of("client-id", "other"), "producer_byte_rate", RATE);
        assertThat(quotas.produce().use(client("shop"), 1e12)).isZero();
        assertThat(quotas.fetch().isSet()).as("a quota of another kind").isFalse();
    }

    @Test
    void theNarrowestQuotaCounts() {
        set(default_("client-id"), "producer_byte_rate", 1);
        assertThat(pauseFor("shop")).isPositive();
        set(Map.of("client-id", "shop"), "producer_byte_rate", 1e9);
        assertThat(pauseFor("shop")).isZero();
        assertThat(pauseFor("another")).isPositive();
        set(default_("user"), "producer_byte_rate", 1);
        assertThat(pauseFor("shop"))
                .as("a user's default beats a client's name")
                .isPositive();
        set(Map.of("user", "ANONYMOUS"), "producer_byte_rate", 1e9);
        assertThat(pauseFor("shop")).isZero();
        set(Map.of("user", "ANONYMOUS", "client-id", "shop"), "producer_byte_rate", 1);
        assertThat(pauseFor("shop")).isPositive();
        assertThat(pauseFor("another")).isZero();
    }

    @Test
    void clientsOfOneDefaultHaveAQuotaEachAndThoseOfOneUserShareIt() {
        set(default_("client-id"), "producer_byte_rate", RATE);
        assertThat(quotas.produce().use(client("a"), 1e8)).isPositive();
        assertThat(quotas.produce().use(client("b"), 1)).isZero();
        set.clear();
        set(Map.of("user", "ANONYMOUS"), "producer_byte_rate", RATE);
        assertThat(quotas.produce().use(client("a"), 1e8)).isPositive();
        assertThat(quotas.produce().use(client("b"), 1)).isPositive();
    }

    @Test
    void aQuotaThatIsTakenAwayIsGone() {
        set(Map.of("client-id", "shop"), "consumer_byte_rate", 1);
        assertThat(quotas.fetch().use(client("shop"), 100)).isPositive();
        set.clear();
        apply();
        assertThat(quotas.fetch().isSet()).isFalse();
        assertThat(quotas.fetch().use(client("shop"), 100)).isZero();
    }

    @Test
    void whatIsGivenBackWasNotUsedAndNobodyMayTakeMoreThanAWindowHolds() {
        set(Map.of("client-id", "shop"), "consumer_byte_rate", RATE);
        assertThat(quotas.fetch().mostAtOnce(client("shop"))).isEqualTo(RATE * (WINDOWS - 1));
        assertThat(quotas.fetch().mostAtOnce(client("other"))).isEqualTo(Integer.MAX_VALUE);
        int ms = quotas.fetch().use(client("shop"), 20e6);
        assertThat(ms).isPositive();
        quotas.fetch().giveBack(client("shop"), 20e6);
        assertThat(quotas.fetch().use(client("shop"), RATE)).isZero();
    }

    @Test
    void nobodyPausesLongerThanAWindowForTheTimeOfLoops() {
        set(Map.of("client-id", "shop"), "request_percentage", 1);
        RequestContext client = client("shop");
        assertThat(quotas.useLoop(client, 60_000_000_000L)).isEqualTo(1_000);
        assertThat(client.times().throttledMs()).isEqualTo(1_000);
        assertThat(client.times().quota()).isEqualTo("request_percentage");
    }

    @Test
    void changesOfTopicsAreRefusedWhenTheirBucketIsEmpty() {
        set(Map.of("client-id", "shop"), "controller_mutation_rate", 2);
        ControllerMutationQuota first = quotas.mutations(client("shop"), 0);
        first.record(100);
        assertThat(quotas.pauseAfter(client("shop"), first)).isZero();
        ControllerMutationQuota second = quotas.mutations(client("shop"), 0);
        assertThatThrownBy(() -> second.record(1)).isInstanceOf(ThrottlingQuotaExceededException.class);
        int ms = quotas.pauseAfter(client("shop"), second);
        // A full bucket holds what eleven windows allow: 22 of 100 were there.
        assertThat(ms).isEqualTo((100 - 2 * WINDOWS) * 1000 / 2);
        time.advance(ms);
        ControllerMutationQuota third = quotas.mutations(client("shop"), 0);
        third.record(1);
        assertThat(quotas.mutations(client("other"), 0)).isNotNull();
    }

    @Test
    void theFiguresOfClientsWithoutEndDoNotGrowWithoutEnd() {
        set(default_("client-id"), "producer_byte_rate", RATE);
        assertThat(quotas.produce().use(client("shop"), 1e9)).isPositive();
        for (int i = 0; i < 10_000; i++) {
            quotas.produce().use(client("client-" + i), 1);
        }
        assertThat(quotas.produce().use(client("shop"), 1))
                .as("all began anew meanwhile")
                .isZero();
        assertThat(quotas.produce().use(client("shop"), 1e9)).isPositive();
        String longName = "x".repeat(255);
        assertThat(quotas.produce().use(client(longName + "1"), 1e9)).isPositive();
        assertThat(quotas.produce().use(client(longName + "2"), 1)).isPositive();
    }

    private int pauseFor(String clientId) {
        time.advance(60_000);
        return quotas.produce().use(client(clientId), 1_000);
    }

    private static Map<String, String> default_(String type) {
        Map<String, String> entries = new HashMap<>();
        entries.put(type, null);
        return entries;
    }

    private void set(Map<String, String> entity, String key, double limit) {
        set.put(new ClientQuotaEntity(entity), new ClientQuotaImage(Map.of(key, limit)));
        apply();
    }

    private void apply() {
        MetadataImage empty = MetadataImage.EMPTY;
        quotas.apply(new MetadataImage(
                empty.provenance(),
                empty.features(),
                empty.cluster(),
                empty.topics(),
                empty.configs(),
                new ClientQuotasImage(Map.copyOf(set)),
                empty.producerIds(),
                empty.acls(),
                empty.scram(),
                empty.delegationTokens()));
    }

    private RequestContext client(String id) {
        return new RequestContext(
                ApiKeys.PRODUCE, (short) 12, 1, id, new LoopbackConnection("test", "PLAINTEXT", loop));
    }
}
