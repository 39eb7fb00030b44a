package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.raft.LeaderAndEpoch;
import org.junit.jupiter.api.Test;

/** A leader or a broker whose process is gone is noticed at once; one that is slow or cut off is not taken for gone. */
class LossTest {
    private final ManualScheduler scheduler = new ManualScheduler();
    private final Set<Integer> refusing = new HashSet<>();
    private final Probe probe = (host, port) -> CompletableFuture.completedFuture(refusing.contains(port));

    // ---- the leader of the quorum

    private LeaderAndEpoch leader = new LeaderAndEpoch(OptionalInt.of(1), 7);
    private final List<Integer> ended = new ArrayList<>();

    private LeaderLoss voter(int id) {
        var quorum = new ActiveController.Quorum() {
            @Override
            public OptionalInt leaderId() {
                return leader.leaderId();
            }

            @Override
            public Optional<Node> address(int node) {
                return node <= 3 ? Optional.of(at(node)) : Optional.empty();
            }
        };
        return new LeaderLoss(id, () -> leader, quorum, () -> Set.of(1, 2, 3, 100), ended::add, probe, scheduler);
    }

    private static Node at(int id) {
        return new Node(id, "host", id);
    }

    @Test
    void aVoterLooksForANewLeaderWhenItsProcessIsGone() throws Exception {
        refusing.add(1);
        voter(2).onSilence(at(1));
        scheduler.advance(0);
        assertThat(ended).containsExactly(7);
    }

    @Test
    void votersTakeTurns() throws Exception {
        refusing.add(1);
        voter(3).onSilence(at(1));
        scheduler.advance(50);
        assertThat(ended).isEmpty();
        scheduler.advance(50);
        assertThat(ended).containsExactly(7);
    }

    @Test
    void aLeaderThatListensIsWaitedFor() throws Exception {
        LeaderLoss voter = voter(2);
        voter.onSilence(at(1));
        scheduler.advance(10_000);
        assertThat(ended).isEmpty();
        refusing.add(1);
        voter.onSilence(at(1));
        scheduler.advance(0);
        assertThat(ended).containsExactly(7);
    }

    @Test
    void theLossOfAnotherVoterChangesNothing() throws Exception {
        refusing.add(3);
        voter(2).onSilence(at(3));
        scheduler.advance(10_000);
        assertThat(ended).isEmpty();
    }

    @Test
    void whoeverHasANewLeaderMeanwhileKeepsIt() throws Exception {
        refusing.add(1);
        voter(3).onSilence(at(1));
        leader = new LeaderAndEpoch(OptionalInt.of(2), 8);
        scheduler.advance(10_000);
        assertThat(ended).isEmpty();
    }

    // ---- brokers, as the active controller sees them

    private boolean active = true;
    private final List<Integer> fenced = new ArrayList<>();
    private final List<Runnable> onClose = new ArrayList<>();
    private final MetadataImage image = image();

    private BrokerLoss controller() {
        var settings = MetadataSettings.standalone(9, java.nio.file.Path.of("unused"), Map.of());
        return new BrokerLoss(
                settings,
                () -> active,
                () -> image,
                heartbeat -> {
                    assertThat(heartbeat.wantFence()).isTrue();
                    assertThat(heartbeat.brokerEpoch()).isEqualTo(100 + heartbeat.brokerId());
                    fenced.add(heartbeat.brokerId());
                },
                probe,
                scheduler);
    }

    private static MetadataImage image() {
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        for (int id : List.of(1, 2, 3)) {
            var endpoints = new BrokerEndpointCollection();
            endpoints.add(
                    new BrokerEndpoint().setName("PLAINTEXT").setHost("host").setPort(id));
            delta.replay(new RegisterBrokerRecord()
                    .setBrokerId(id)
                    .setBrokerEpoch(100 + id)
                    .setIncarnationId(Uuid.randomUuid())
                    .setEndPoints(endpoints)
                    .setFenced(id == 3));
        }
        return delta.apply(MetadataProvenance.EMPTY);
    }

    @Test
    void aBrokerIsFencedWhenItsConnectionBreaksAndItsHostRefusesAnother() throws Exception {
        BrokerLoss controller = controller();
        controller.onHeartbeat(1, "connection", onClose::add);
        controller.onHeartbeat(1, "connection", onClose::add);
        assertThat(onClose).hasSize(1);
        refusing.add(1);
        onClose.get(0).run();
        scheduler.advance(1_000);
        assertThat(fenced).containsExactly(1);
    }

    @Test
    void aBrokerThatHasConnectedAgainIsNotFenced() throws Exception {
        BrokerLoss controller = controller();
        controller.onHeartbeat(1, "connection", onClose::add);
        refusing.add(1);
        onClose.get(0).run();
        controller.onHeartbeat(1, "another", onClose::add);
        scheduler.advance(1_000);
        assertThat(fenced).isEmpty();
    }

    @Test
    void aBrokerWhoseHostDoesNotRefuseIsLeftToItsSession() throws Exception {
        BrokerLoss controller = controller();
        controller.onHeartbeat(1, "connection", onClose::add);
        onClose.get(0).run();
        scheduler.advance(1_000);
        assertThat(fenced).isEmpty();
    }

    @Test
    void aControllerThatIsNotActiveFencesNobody() throws Exception {
        BrokerLoss controller = controller();
        controller.onHeartbeat(1, "connection", onClose::add);
        refusing.add(1);
        active = false;
        onClose.get(0).run();
        scheduler.advance(1_000);
        assertThat(fenced).isEmpty();
    }

    @Test
    void aNewControllerFencesItsPredecessorFirstAndThenOthersThatAreGone() throws Exception {
        BrokerLoss controller = controller();
        controller.onLeaderChange(OptionalInt.of(1));
        refusing.addAll(List.of(1, 2, 3));
        controller.onLeaderChange(OptionalInt.empty());
        controller.onLeaderChange(OptionalInt.of(9));
        scheduler.advance(500);
        assertThat(fenced).containsExactly(1);
        scheduler.advance(3_000);
        assertThat(fenced).containsExactly(1, 2);
    }
}
