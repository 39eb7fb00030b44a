package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterIdsTest {
    @Test
    void theSameVotersInAnyOrderHaveTheSameId() {
        assertThat(ClusterIds.ofVoters(List.of("2@b:9093", "1@a:9093")))
                .isEqualTo(ClusterIds.ofVoters(List.of("1@a:9093", "2@b:9093")))
                .hasSize(22);
    }

    /** A later version must come to the same id: nodes of one cluster are not all upgraded at once. */
    @Test
    void theIdDoesNotChangeFromVersionToVersion() {
        assertThat(ClusterIds.ofVoters(List.of("1@a:9093"))).isEqualTo("W1k1RlUUXq-OiH57kvg2IQ");
        assertThat(ClusterIds.ofVoters(List.of("1@a:9093"))).isNotEqualTo(ClusterIds.ofVoters(List.of("1@b:9093")));
    }
}
