package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicationQuotaTest {
    private final ManualWorld world = new ManualWorld();
    private final ReplicationQuota quota = new ReplicationQuota(world, 3, 1);

    @Test
    void isExceededUntilTheRateOfTheLastWindowsIsBelowTheBound() {
        quota.limit(1_000);
        assertThat(quota.isExceeded()).isFalse();

        quota.record(2_500);
        assertThat(quota.isExceeded()).isTrue();
        world.pass(1_500);
        assertThat(quota.isExceeded()).as("2500 bytes in 1.5 s").isTrue();
        world.pass(1_100);
        assertThat(quota.isExceeded()).as("2500 bytes in 2.6 s").isFalse();
    }

    @Test
    void isNeverExceededWithoutABound() {
        quota.record(Long.MAX_VALUE / 2);
        assertThat(quota.isExceeded()).isFalse();
    }

    @Test
    void throttledReplicasAreAllOrThoseOfPartitionAndBroker() {
        assertThat(ThrottledReplicas.of(List.of("*")).contains(7, 7)).isTrue();
        ThrottledReplicas some = ThrottledReplicas.of(List.of("0:1", " 1:2"));
        assertThat(some.contains(0, 1)).isTrue();
        assertThat(some.contains(1, 2)).isTrue();
        assertThat(some.contains(0, 2)).isFalse();
        assertThat(ThrottledReplicas.of(List.of()).contains(0, 1)).isFalse();
    }
}
