package dwal.server.simulation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.Replicas;
import org.jspecify.annotations.Nullable;

/**
 * What the controller decides about brokers and partitions, without its consensus: registrations and their epochs, fencing,
 * leaders, in-sync and eligible leader replicas, replicas that have failed (KIP-841, KIP-858, KIP-903, KIP-966). It writes Kafka's own metadata records, of
 * which images are made. One thread.
 */
public final class ModelController {
    /** Ways in which it can be wrong on purpose, to see whether that is noticed. */
    public enum Fault {
        /** A leader that is not in sync is taken when none is left that is. */
        UNCLEAN_LEADER,
        /** Proposals of leaders of older epochs, and of an older in-sync set, are taken. */
        NO_FENCING
    }

    /** A step of the metadata: what changed, and what then is. */
    public record Step(MetadataDelta delta, MetadataImage image) {}

    private final int minInSync;
    private final boolean shrinkingEndsEpoch;
    private final Set<Fault> faults;
    private final Consumer<Step> onStep;
    private final List<ApiMessage> records = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;
    private long nextEpoch = 100;

    /** @param onStep told of each change, within the call that makes it */
    public ModelController(int minInSync, Set<Fault> faults, Consumer<Step> onStep) {
        this(minInSync, false, faults, onStep);
    }

    /**
     * @param shrinkingEndsEpoch whether a leader goes on in another epoch when a replica falls out of sync, as with metadata
     *     versions before 3.6
     */
    ModelController(int minInSync, boolean shrinkingEndsEpoch, Set<Fault> faults, Consumer<Step> onStep) {
        this.minInSync = minInSync;
        this.shrinkingEndsEpoch = shrinkingEndsEpoch;
        this.faults = faults;
        this.onStep = onStep;
    }

    /** The cluster as the controller knows it. */
    public MetadataImage image() {
        return image;
    }

    /** All there is in one step, for a node that begins. */
    public Step whole() {
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        records.forEach(delta::replay);
        return new Step(delta, image);
    }

    private void write(ApiMessage... fresh) {
        var delta = new MetadataDelta.Builder().setImage(image).build();
        for (ApiMessage record : fresh) {
            records.add(record);
            delta.replay(record);
        }
        image = delta.apply(new MetadataProvenance(records.size(), 1, records.size(), true));
        onStep.accept(new Step(delta, image));
    }

    // ---- brokers

    /** A broker's process has started; gives its epoch. {@code previousEpoch} is that of its last run if that stopped cleanly, else -1. */
    public long register(int id, long previousEpoch, String host, int port) {
        var before = image.cluster().broker(id);
        boolean clean = before != null && before.epoch() == previousEpoch;
        long epoch = nextEpoch++;
        var registration = new RegisterBrokerRecord()
                .setBrokerId(id)
                .setBrokerEpoch(epoch)
                .setIncarnationId(new Uuid(9, epoch))
                .setFenced(true)
                .setLogDirs(List.of(directoryOf(id)));
        registration
                .endPoints()
                .add(new RegisterBrokerRecord.BrokerEndpoint()
                        .setName("PLAINTEXT")
                        .setHost(host)
                        .setPort(port));
        List<ApiMessage> changes = new ArrayList<>(List.of(registration));
        if (before != null) {
            changes.addAll(leave(id, !clean));
        }
        write(changes.toArray(new ApiMessage[0]));
        return epoch;
    }

    /** The broker is alive and has applied its own registration. */
    public void unfence(int id) {
        setFenced(id, false);
        electWhereNobodyLeads();
    }

    /** The broker has not been heard of for too long. */
    public void fence(int id) {
        List<ApiMessage> changes = new ArrayList<>(leave(id, false));
        changes.add(fencing(id, true));
        write(changes.toArray(new ApiMessage[0]));
    }

    private void setFenced(int id, boolean fenced) {
        write(fencing(id, fenced));
    }

    private ApiMessage fencing(int id, boolean fenced) {
        return new BrokerRegistrationChangeRecord()
                .setBrokerId(id)
                .setBrokerEpoch(epochOf(id))
                .setFenced((byte) (fenced ? 1 : -1));
    }

    private long epochOf(int id) {
        var broker = image.cluster().broker(id);
        return broker == null ? -1 : broker.epoch();
    }

    private boolean isActive(int id) {
        var broker = image.cluster().broker(id);
        return broker != null && !broker.fenced();
    }

    private boolean isThere(int id, PartitionRegistration now) {
        return isActive(id) && !now.directory(id).equals(DirectoryId.LOST);
    }

    private static Uuid directoryOf(int id) {
        return new Uuid(5, id);
    }

    /** What follows for partitions when {@code id} is not active any more; {@code unclean}: it may have lost records. */
    private List<ApiMessage> leave(int id, boolean unclean) {
        List<ApiMessage> changes = new ArrayList<>();
        eachPartition((topicId, index, now) -> {
            List<Integer> isr = new ArrayList<>(Replicas.toList(now.isr));
            Set<Integer> elr = new LinkedHashSet<>(Replicas.toList(now.elr));
            boolean wasIn = isr.remove(Integer.valueOf(id));
            if (wasIn && !unclean && isr.size() < minInSync) {
                elr.add(id);
            }
            boolean wasEligible = unclean && elr.remove(id);
            if (wasIn || wasEligible || now.leader == id) {
                changes.add(change(topicId, index, now, isr, elr, id));
            }
        });
        return changes;
    }

    /**
     * A broker says where its replica of a partition is: in its one directory, or, {@code lost}, in none any more. Who is in
     * none does not lead and is not in sync.
     */
    public void assignDirectory(Uuid topicId, int index, int id, long brokerEpoch, boolean lost) {
        PartitionRegistration now = image.topics().getPartition(topicId, index);
        if (now == null || epochOf(id) != brokerEpoch || isLost(topicId, index, id) == lost) {
            return;
        }
        List<Uuid> directories = new ArrayList<>(List.of(now.directories));
        for (int i = 0; i < now.replicas.length; i++) {
            if (now.replicas[i] == id) {
                directories.set(i, lost ? DirectoryId.LOST : directoryOf(id));
            }
        }
        var change = new PartitionChangeRecord().setTopicId(topicId).setPartitionId(index);
        List<Integer> isr = new ArrayList<>(Replicas.toList(now.isr));
        if (lost && (isr.remove(Integer.valueOf(id)) || now.leader == id)) {
            Set<Integer> elr = new LinkedHashSet<>(Replicas.toList(now.elr));
            if (isr.size() < minInSync) {
                elr.addAll(Replicas.toList(now.isr));
                elr.removeAll(isr);
            }
            change = change(topicId, index, now, isr, elr, id);
        }
        write(change.setDirectories(directories));
        electWhereNobodyLeads();
    }

    /** Whether the broker has said that it has lost its replica. */
    public boolean isLost(Uuid topicId, int index, int id) {
        PartitionRegistration now = image.topics().getPartition(topicId, index);
        return now != null && now.directory(id).equals(DirectoryId.LOST);
    }

    private interface PartitionVisitor {
        void partition(Uuid topicId, int index, PartitionRegistration now);
    }

    private void eachPartition(PartitionVisitor visitor) {
        new TreeMap<>(image.topics().topicsByName())
                .values()
                .forEach(topic -> new TreeMap<>(topic.partitions())
                        .forEach((index, now) -> visitor.partition(topic.id(), index, now)));
    }

    // ---- partitions

    /** Makes a topic of {@code partitions}, each with all of {@code replicas}, led by turns. */
    public void createTopic(String name, Uuid id, int partitions, List<Integer> replicas) {
        List<ApiMessage> changes = new ArrayList<>();
        changes.add(new TopicRecord().setName(name).setTopicId(id));
        for (int i = 0; i < partitions; i++) {
            List<Integer> order = new ArrayList<>(replicas.subList(i % replicas.size(), replicas.size()));
            order.addAll(replicas.subList(0, i % replicas.size()));
            List<Integer> active = order.stream().filter(this::isActive).toList();
            changes.add(new PartitionRecord()
                    .setTopicId(id)
                    .setPartitionId(i)
                    .setReplicas(order)
                    .setDirectories(
                            order.stream().map(ModelController::directoryOf).toList())
                    .setIsr(active)
                    .setLeader(active.get(0))
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
        }
        write(changes.toArray(new ApiMessage[0]));
    }

    /** The change to these in-sync and eligible replicas, with a new leader if need be; never {@code not}. */
    private PartitionChangeRecord change(
            Uuid topicId, int index, PartitionRegistration now, List<Integer> isr, Set<Integer> elr, int not) {
        var change = new PartitionChangeRecord().setTopicId(topicId).setPartitionId(index);
        List<Integer> inSync = new ArrayList<>(isr);
        Set<Integer> eligible = new LinkedHashSet<>(elr);
        boolean leaderStays = now.leader >= 0 && now.leader != not && inSync.contains(now.leader);
        if (!leaderStays) {
            int leader = elect(now, inSync, eligible, not);
            change.setLeader(leader);
            if (leader >= 0 && !inSync.contains(leader)) {
                if (!eligible.remove(leader)) {
                    change.setLeaderRecoveryState(LeaderRecoveryState.RECOVERING.value());
                }
                inSync.clear();
                inSync.add(leader);
                change.setLastKnownElr(List.of());
            } else if (leader < 0 && inSync.isEmpty() && now.leader >= 0) {
                change.setLastKnownElr(List.of(now.leader));
            }
        } else if (shrinkingEndsEpoch && !inSync.containsAll(Replicas.toList(now.isr))) {
            change.setLeader(now.leader);
        }
        if (inSync.size() >= minInSync) {
            eligible.clear();
        }
        return change.setIsr(inSync).setEligibleLeaderReplicas(List.copyOf(eligible));
    }

    private int elect(PartitionRegistration now, List<Integer> isr, Set<Integer> elr, int not) {
        for (int id : now.replicas) {
            if (id != not && isr.contains(id) && isThere(id, now)) {
                return id;
            }
        }
        if (isr.isEmpty() || faults.contains(Fault.UNCLEAN_LEADER)) {
            for (int id : now.replicas) {
                boolean mayLead = elr.contains(id) || faults.contains(Fault.UNCLEAN_LEADER);
                if (id != not && mayLead && isThere(id, now)) {
                    return id;
                }
            }
        }
        boolean lastLeaderMayLead = isr.isEmpty() && elr.isEmpty() && now.lastKnownElr.length == 1;
        if (lastLeaderMayLead && now.lastKnownElr[0] != not && isThere(now.lastKnownElr[0], now)) {
            return now.lastKnownElr[0];
        }
        return -1;
    }

    private void electWhereNobodyLeads() {
        List<ApiMessage> changes = new ArrayList<>();
        eachPartition((topicId, index, now) -> {
            if (now.leader < 0) {
                var change = change(
                        topicId,
                        index,
                        now,
                        Replicas.toList(now.isr),
                        new LinkedHashSet<>(Replicas.toList(now.elr)),
                        -1);
                if (change.leader() >= 0) {
                    changes.add(change);
                }
            }
        });
        if (!changes.isEmpty()) {
            write(changes.toArray(new ApiMessage[0]));
        }
    }

    /** Moves the leadership of a partition to {@code leader} if that one is in sync, as a preferred election does; else false. */
    public boolean moveLeader(Uuid topicId, int index, int leader) {
        PartitionRegistration now = image.topics().getPartition(topicId, index);
        if (now != null && now.leader != leader && Replicas.toList(now.isr).contains(leader) && isThere(leader, now)) {
            write(new PartitionChangeRecord()
                    .setTopicId(topicId)
                    .setPartitionId(index)
                    .setLeader(leader));
            return true;
        }
        return false;
    }

    // ---- AlterPartition

    /** A leader proposes who is in sync. */
    public AlterPartitionResponseData alterPartition(AlterPartitionRequestData request) {
        var response = new AlterPartitionResponseData();
        if (epochOf(request.brokerId()) != request.brokerEpoch()) {
            return response.setErrorCode(Errors.STALE_BROKER_EPOCH.code());
        }
        for (AlterPartitionRequestData.TopicData topic : request.topics()) {
            var topicAnswer = new AlterPartitionResponseData.TopicData().setTopicId(topic.topicId());
            response.topics().add(topicAnswer);
            for (AlterPartitionRequestData.PartitionData wanted : topic.partitions()) {
                topicAnswer.partitions().add(alter(request.brokerId(), topic.topicId(), wanted));
            }
        }
        return response;
    }

    private AlterPartitionResponseData.PartitionData alter(
            int brokerId, Uuid topicId, AlterPartitionRequestData.PartitionData wanted) {
        var answer = new AlterPartitionResponseData.PartitionData().setPartitionIndex(wanted.partitionIndex());
        PartitionRegistration now = image.topics().getPartition(topicId, wanted.partitionIndex());
        if (now == null) {
            return answer.setErrorCode(Errors.UNKNOWN_TOPIC_ID.code());
        }
        Errors error = check(brokerId, now, wanted);
        if (error != Errors.NONE) {
            return answer.setErrorCode(error.code());
        }
        List<Integer> isr =
                wanted.newIsrWithEpochs().stream().map(one -> one.brokerId()).toList();
        Set<Integer> elr = new LinkedHashSet<>(Replicas.toList(now.elr));
        if (isr.size() < minInSync) {
            elr.addAll(Replicas.toList(now.isr));
        }
        elr.removeAll(isr);
        write(change(topicId, wanted.partitionIndex(), now, isr, elr, -1)
                .setLeaderRecoveryState(wanted.leaderRecoveryState()));
        PartitionRegistration then = image.topics().getPartition(topicId, wanted.partitionIndex());
        if (then == null) {
            throw new AssertionError("the partition is gone");
        }
        return answer.setLeaderId(then.leader)
                .setLeaderEpoch(then.leaderEpoch)
                .setIsr(Replicas.toList(then.isr))
                .setLeaderRecoveryState(then.leaderRecoveryState.value())
                .setPartitionEpoch(then.partitionEpoch);
    }

    private Errors check(int brokerId, PartitionRegistration now, AlterPartitionRequestData.PartitionData wanted) {
        if (faults.contains(Fault.NO_FENCING)) {
            return Errors.NONE;
        }
        if (wanted.leaderEpoch() < now.leaderEpoch) {
            return Errors.FENCED_LEADER_EPOCH;
        }
        if (brokerId != now.leader || wanted.leaderEpoch() > now.leaderEpoch) {
            return Errors.INVALID_REQUEST;
        }
        if (wanted.partitionEpoch() != now.partitionEpoch) {
            return Errors.INVALID_UPDATE_VERSION;
        }
        boolean hasLeader = false;
        for (AlterPartitionRequestData.BrokerState member : wanted.newIsrWithEpochs()) {
            if (!Replicas.contains(now.replicas, member.brokerId())) {
                return Errors.INVALID_REQUEST;
            }
            hasLeader |= member.brokerId() == now.leader;
            boolean sameRun = member.brokerEpoch() == -1 || member.brokerEpoch() == epochOf(member.brokerId());
            if (!isActive(member.brokerId()) || !sameRun) {
                return Errors.INELIGIBLE_REPLICA;
            }
        }
        return hasLeader ? Errors.NONE : Errors.INVALID_REQUEST;
    }

    /** Who leads, or null if nobody does. */
    public @Nullable Integer leaderOf(Uuid topicId, int index) {
        PartitionRegistration now = image.topics().getPartition(topicId, index);
        return now == null || now.leader < 0 ? null : now.leader;
    }
}
