package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.replication.metadata.MembershipException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may be a broker of whose cluster. */
@Timeout(60)
class MembershipTest {
    @TempDir
    Path directory;

    @Test
    void aNewBrokerStaysOutOfAClusterThatNeedsMoreOfItAndAnOldOneComesBack() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .add(2, "broker", Map.of())
                .add(3, "broker", Map.of())
                .start(1, 2)) {
            try (Admin admin = nodes.admin(1)) {
                admin.createTopics(List.of(new NewTopic("__transaction_state", 1, (short) 1)))
                        .all()
                        .get();
            }
            assertThatThrownBy(() -> nodes.start(3))
                    .hasRootCauseInstanceOf(MembershipException.class)
                    .rootCause()
                    .hasMessageContaining("__transaction_state");
            nodes.stop(2);
            nodes.start(2);
        }
    }

    @Test
    void noFeatureIsTurnedOnThatARegisteredBrokerDoesNotServe() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .add(2, "broker", Map.of())
                .start(1)) {
            try (Admin admin = nodes.admin(1)) {
                assertThat(admin.describeFeatures().featureMetadata().get().finalizedFeatures())
                        .doesNotContainKeys("share.version", "streams.version");
                setShareVersion(admin, 1, FeatureUpdate.UpgradeType.UPGRADE);
                assertThatThrownBy(() -> nodes.start(2))
                        .hasRootCauseInstanceOf(MembershipException.class)
                        .rootCause()
                        .hasMessageContaining("share.version=1");
                nodes.stop(2);
                setShareVersion(admin, 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE);
                nodes.start(2);
                assertThatThrownBy(() -> setShareVersion(admin, 1, FeatureUpdate.UpgradeType.UPGRADE))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("share.version");
            }
        }
    }

    private static void setShareVersion(Admin admin, int level, FeatureUpdate.UpgradeType how) throws Exception {
        admin.updateFeatures(
                        Map.of("share.version", new FeatureUpdate((short) level, how)), new UpdateFeaturesOptions())
                .all()
                .get();
    }
}
