package dwal.replication;

import dwal.environment.Strand;
import dwal.environment.Timer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionRequestData.TopicData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the leaders' proposals of in-sync replicas to the controller: all that came meanwhile in one AlterPartition request,
 * one request at a time. Has a strand of its own; any thread may propose.
 */
public final class IsrProposals {
    private static final Logger LOG = LoggerFactory.getLogger(IsrProposals.class);
    private static final long RETRY_MS = 50;

    /**
     * What the controller said of one proposal.
     *
     * @param error {@code NONE}, or one after which asking again is of no use
     */
    record Answer(Errors error, int leaderEpoch, int partitionEpoch, List<Integer> inSync) {}

    /** Who is to be in sync: broker and the epoch in which it fetches, -1 if unknown. */
    record Member(int brokerId, long brokerEpoch) {}

    record Proposal(
            TopicIdPartition partition,
            int leaderEpoch,
            int partitionEpoch,
            List<Member> members,
            Consumer<Answer> done) {}

    private final int nodeId;
    private final PartitionController controller;
    private final Timer timer;
    private final Strand strand = new Strand(failure -> LOG.error("Proposals of in-sync replicas are stuck", failure));
    private Map<TopicIdPartition, Proposal> unsent = new LinkedHashMap<>();
    private boolean underWay;
    private Errors lastError = Errors.NONE;

    IsrProposals(int nodeId, PartitionController controller, Timer timer) {
        this.nodeId = nodeId;
        this.controller = controller;
        this.timer = timer;
    }

    /** Asks the controller; {@code proposal.done} is called on any thread, or never if another for the partition came. */
    void propose(Proposal proposal) {
        strand.run(() -> {
            unsent.put(proposal.partition, proposal);
            send();
        });
    }

    private void send() {
        if (underWay || unsent.isEmpty()) {
            return;
        }
        underWay = true;
        Map<TopicIdPartition, Proposal> sent = unsent;
        unsent = new LinkedHashMap<>();
        var unused = attempt(request(sent))
                .whenComplete((answer, failure) -> strand.run(() -> {
                    underWay = false;
                    take(sent, answer, failure);
                }));
    }

    private CompletableFuture<AlterPartitionResponseData> attempt(AlterPartitionRequestData request) {
        try {
            return controller.alterPartition(request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private AlterPartitionRequestData request(Map<TopicIdPartition, Proposal> proposals) {
        Map<Uuid, TopicData> topics = new LinkedHashMap<>();
        proposals.forEach((id, proposal) -> topics.computeIfAbsent(
                        id.topicId(), topicId -> new TopicData().setTopicId(topicId))
                .partitions()
                .add(new AlterPartitionRequestData.PartitionData()
                        .setPartitionIndex(id.partition())
                        .setLeaderEpoch(proposal.leaderEpoch)
                        .setPartitionEpoch(proposal.partitionEpoch)
                        .setLeaderRecoveryState(LeaderRecoveryState.RECOVERED.value())
                        .setNewIsrWithEpochs(proposal.members.stream()
                                .map(one -> new BrokerState()
                                        .setBrokerId(one.brokerId)
                                        .setBrokerEpoch(
                                                one.brokerId == nodeId ? controller.brokerEpoch() : one.brokerEpoch))
                                .toList())));
        return new AlterPartitionRequestData()
                .setBrokerId(nodeId)
                .setBrokerEpoch(controller.brokerEpoch())
                .setTopics(new ArrayList<>(topics.values()));
    }

    private void take(
            Map<TopicIdPartition, Proposal> sent,
            @Nullable AlterPartitionResponseData response,
            @Nullable Throwable failure) {
        Errors error = response == null ? Errors.forException(failure) : Errors.forCode(response.errorCode());
        List<Runnable> answers = new ArrayList<>();
        if (response != null && error == Errors.NONE) {
            for (AlterPartitionResponseData.TopicData topic : response.topics()) {
                for (AlterPartitionResponseData.PartitionData partition : topic.partitions()) {
                    takeOne(sent, topic.topicId(), partition, answers);
                }
            }
        } else if (error != lastError && error != Errors.NOT_CONTROLLER) {
            LOG.warn("The controller takes no proposals of in-sync replicas now, trying again: {}", error.message());
        }
        lastError = error;
        // What is left was not answered, or not for good.
        sent.forEach(unsent::putIfAbsent);
        answers.forEach(Runnable::run);
        if (!sent.isEmpty()) {
            underWay = true;
            timer.after(
                    RETRY_MS,
                    () -> strand.run(() -> {
                        underWay = false;
                        send();
                    }));
        } else {
            send();
        }
    }

    private static void takeOne(
            Map<TopicIdPartition, Proposal> sent,
            Uuid topicId,
            AlterPartitionResponseData.PartitionData said,
            List<Runnable> answers) {
        Errors error = Errors.forCode(said.errorCode());
        if (error != Errors.NONE && !isFinal(error)) {
            return;
        }
        for (Proposal proposal : sent.values()) {
            TopicIdPartition id = proposal.partition;
            if (id.topicId().equals(topicId) && id.partition() == said.partitionIndex()) {
                var answer = new Answer(error, said.leaderEpoch(), said.partitionEpoch(), List.copyOf(said.isr()));
                answers.add(() -> proposal.done.accept(answer));
                sent.remove(id);
                return;
            }
        }
    }

    private static boolean isFinal(Errors error) {
        return switch (error) {
            case OPERATION_NOT_ATTEMPTED,
                    INELIGIBLE_REPLICA,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    FENCED_LEADER_EPOCH,
                    INVALID_UPDATE_VERSION,
                    INVALID_REQUEST,
                    NEW_LEADER_ELECTED -> true;
            default -> false;
        };
    }
}
