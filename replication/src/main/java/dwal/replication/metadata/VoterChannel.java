package dwal.replication.metadata;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.NetworkChannel;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.RaftUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's own channel from the Raft client to voters, and what people want to know of it: which node does not answer, and
 * that a node belongs to another cluster, once each. Any thread.
 */
@SuppressWarnings("try") // closing waits for a thread, as Kafka's interface says
final class VoterChannel implements NetworkChannel {
    private static final Logger LOG = LoggerFactory.getLogger(VoterChannel.class);

    private final NetworkChannel kafkas;
    private final String clusterId;
    private final Consumer<Node> onSilence;
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private final Set<String> strangers = ConcurrentHashMap.newKeySet();

    /**
     * Takes over {@code kafkas}, and closes it at the end.
     *
     * @param onSilence told of each request that was not answered
     */
    VoterChannel(NetworkChannel kafkas, String clusterId, Consumer<Node> onSilence) {
        this.kafkas = kafkas;
        this.clusterId = clusterId;
        this.onSilence = onSilence;
    }

    @Override
    public int newCorrelationId() {
        return kafkas.newCorrelationId();
    }

    @Override
    public void send(RaftRequest.Outbound request) {
        var inner = new RaftRequest.Outbound(
                request.correlationId(), request.data(), request.destination(), request.createdTimeMs());
        var unused = inner.completion.whenComplete((response, failure) -> {
            if (failure == null) {
                request.completion.complete(look(request, response));
            } else {
                request.completion.completeExceptionally(failure);
            }
        });
        kafkas.send(inner);
    }

    private RaftResponse.Inbound look(RaftRequest.Outbound request, RaftResponse.Inbound response) {
        Node node = request.destination();
        if (node == null) {
            return response;
        }
        String name = node.host() + ":" + node.port();
        Errors error = RaftErrors.of(response.data());
        if (error == Errors.BROKER_NOT_AVAILABLE) {
            if (silent.add(name)) {
                LOG.warn("The controller at {} does not answer", name);
            }
            onSilence.accept(node);
            return changesVoters(request) ? answer(request, response, Errors.REQUEST_TIMED_OUT) : response;
        }
        if (silent.remove(name)) {
            LOG.info("The controller at {} answers again", name);
        }
        return error == Errors.INCONSISTENT_CLUSTER_ID ? refuse(request, response, name) : response;
    }

    /** The Raft client takes a stranger for a mistake in its own code and says so each time. */
    private RaftResponse.Inbound refuse(RaftRequest.Outbound request, RaftResponse.Inbound response, String name) {
        if (strangers.add(name)) {
            LOG.error(
                    "The controller at {} belongs to another cluster than this node, whose data directory says {}: one of the"
                            + " two has the wrong data directory, or an address in controller.quorum.voters or"
                            + " controller.quorum.bootstrap.servers is wrong",
                    name,
                    clusterId);
        }
        return answer(request, response, Errors.BROKER_NOT_AVAILABLE);
    }

    /** The Raft client expects of these requests that time runs out, not that nobody is there, and asks again. */
    private static boolean changesVoters(RaftRequest.Outbound request) {
        return request.data() instanceof AddRaftVoterRequestData
                || request.data() instanceof RemoveRaftVoterRequestData;
    }

    private static RaftResponse.Inbound answer(
            RaftRequest.Outbound request, RaftResponse.Inbound response, Errors error) {
        ApiMessage answer = RaftUtil.errorResponse(ApiKeys.forId(request.data().apiKey()), error);
        return new RaftResponse.Inbound(response.correlationId(), answer, response.source());
    }

    @Override
    public ListenerName listenerName() {
        return kafkas.listenerName();
    }

    @Override
    public void close() throws InterruptedException {
        kafkas.close();
    }
}
