package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.replication.FetchOutcome;
import dwal.replication.ReadableReplica;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.common.replica.ClientMetadata.DefaultClientMetadata;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.Test;

/** Node 1, in rack a, leads; 2 is in rack b, 3 and 4 are in rack c, and 4 has no listener that the client could use. */
class PreferredReplicasTest {
    private static final String KAFKAS = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final MetadataImage IMAGE = image();

    private final PreferredReplicas preferred = PreferredReplicas.by(KAFKAS, Map.of(), 1, () -> IMAGE);

    @Test
    void aConsumerIsSentToAReplicaInItsRackThatHasWhatItWants() {
        assertThat(of("b", follower(2, 10), follower(3, 10))).isEqualTo(2);
        assertThat(of("c", follower(2, 10), follower(3, 10))).isEqualTo(3);
    }

    @Test
    void whoIsInTheLeadersRackOrInNobodysReadsFromTheLeader() {
        assertThat(of("a", follower(2, 10))).isEqualTo(FetchOutcome.HERE);
        assertThat(of("d", follower(2, 10))).isEqualTo(FetchOutcome.HERE);
        assertThat(of("", follower(2, 10))).isEqualTo(FetchOutcome.HERE);
    }

    @Test
    void nobodyIsSentWhereNoFollowerHasIt() {
        assertThat(of("b")).isEqualTo(FetchOutcome.HERE);
        assertThat(of("c", follower(2, 10))).isEqualTo(FetchOutcome.HERE);
    }

    @Test
    void nobodyIsSentWhereItCannotConnect() {
        assertThat(of("c", follower(4, 10))).isEqualTo(FetchOutcome.HERE);
        assertThat(of("c", follower(4, 10), follower(3, 5))).isEqualTo(3);
    }

    @Test
    void aNodeThatTheMetadataDoNotKnowIsNoChoice() {
        assertThat(of("b", follower(9, 10))).isEqualTo(FetchOutcome.HERE);
    }

    @Test
    void whatSelectsNoReplicasIsRefusedByName() {
        assertThatThrownBy(() -> PreferredReplicas.by("java.lang.String", Map.of(), 1, () -> IMAGE))
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("java.lang.String is no class that selects replicas");
        assertThatThrownBy(() -> PreferredReplicas.by("no.such.Selector", Map.of(), 1, () -> IMAGE))
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("no.such.Selector");
    }

    private int of(String rack, ReadableReplica... followers) {
        ClientMetadata client = new DefaultClientMetadata(
                rack, "client", InetAddress.getLoopbackAddress(), KafkaPrincipal.ANONYMOUS, "PLAINTEXT");
        return preferred.of(PARTITION, 10, List.of(followers), client);
    }

    private static ReadableReplica follower(int id, long end) {
        return new ReadableReplica(id, end, 0);
    }

    private static MetadataImage image() {
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        delta.replay(broker(1, "a", "PLAINTEXT"));
        delta.replay(broker(2, "b", "PLAINTEXT"));
        delta.replay(broker(3, "c", "PLAINTEXT"));
        delta.replay(broker(4, "c", "INTERNAL"));
        return delta.apply(new MetadataProvenance(1, 1, 1, true));
    }

    private static RegisterBrokerRecord broker(int id, String rack, String listener) {
        var endpoints = new BrokerEndpointCollection();
        endpoints.add(new BrokerEndpoint()
                .setName(listener)
                .setHost("localhost")
                .setPort(9_000 + id)
                .setSecurityProtocol((short) 0));
        return new RegisterBrokerRecord()
                .setBrokerId(id)
                .setBrokerEpoch(id)
                .setRack(rack)
                .setFenced(false)
                .setEndPoints(endpoints);
    }
}
