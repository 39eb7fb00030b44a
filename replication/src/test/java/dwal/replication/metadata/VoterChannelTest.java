package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.NetworkChannel;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.RaftUtil;
import org.junit.jupiter.api.Test;

class VoterChannelTest {
    private static final Node VOTER = new Node(2, "host", 9093);

    private final List<Node> silent = new ArrayList<>();
    private Errors error = Errors.NONE;
    private final VoterChannel channel = new VoterChannel(
            new NetworkChannel() {
                @Override
                public int newCorrelationId() {
                    return 1;
                }

                @Override
                public void send(RaftRequest.Outbound request) {
                    request.completion.complete(new RaftResponse.Inbound(
                            request.correlationId(),
                            RaftUtil.errorResponse(ApiKeys.forId(request.data().apiKey()), error),
                            request.destination()));
                }

                @Override
                public ListenerName listenerName() {
                    return new ListenerName("CONTROLLER");
                }
            },
            "cluster",
            silent::add);

    @Test
    void passesOnWhatVotersAnswer() {
        assertThat(fetch()).isEqualTo(Errors.NONE);
        error = Errors.NOT_LEADER_OR_FOLLOWER;
        assertThat(fetch()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(silent).isEmpty();
    }

    @Test
    void tellsWhoDoesNotAnswer() {
        error = Errors.BROKER_NOT_AVAILABLE;
        assertThat(fetch()).isEqualTo(Errors.BROKER_NOT_AVAILABLE);
        assertThat(silent).containsExactly(VOTER);
    }

    /** Kafka's Raft client takes any other error for a mistake in its own code. */
    @Test
    void aVoterOfAnotherClusterCountsAsOneThatIsNotThere() {
        error = Errors.INCONSISTENT_CLUSTER_ID;
        assertThat(fetch()).isEqualTo(Errors.BROKER_NOT_AVAILABLE);
        assertThat(silent).isEmpty();
    }

    /** A node that wants to vote asks the leader, which may be gone: Kafka's Raft client asks again where time has run out. */
    @Test
    void aLeaderThatIsGoneWhenANodeWantsToVoteHasLetTheTimeRunOut() {
        error = Errors.BROKER_NOT_AVAILABLE;
        assertThat(ask(new AddRaftVoterRequestData())).isEqualTo(Errors.REQUEST_TIMED_OUT);
        assertThat(ask(new RemoveRaftVoterRequestData())).isEqualTo(Errors.REQUEST_TIMED_OUT);
        assertThat(silent).containsExactly(VOTER, VOTER);
        error = Errors.UNSUPPORTED_VERSION;
        assertThat(ask(new AddRaftVoterRequestData())).isEqualTo(Errors.UNSUPPORTED_VERSION);
    }

    private Errors fetch() {
        return ask(new FetchRequestData());
    }

    private Errors ask(ApiMessage what) {
        var request = new RaftRequest.Outbound(1, what, VOTER, 0);
        channel.send(request);
        return RaftErrors.of(request.completion.join().data());
    }
}
