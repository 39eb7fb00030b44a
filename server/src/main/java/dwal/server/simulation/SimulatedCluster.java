package dwal.server.simulation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.Replicas;

/** The nodes, the network between them and the controller that tells who leads. One thread. */
final class SimulatedCluster {
    static final Uuid TOPIC = new Uuid(7, 7);
    static final String TOPIC_NAME = "topic";
    /** The controller's and the clients' places in the network. */
    static final int CONTROLLER = 0;

    static final int CLIENTS = 100;
    private static final int SESSION_MS = 1_000;

    private final Simulation.Options options;
    private final VirtualTime time;
    private final History history;
    private final Network network;
    private final ModelController controller;
    private final List<ModelController.Step> steps = new ArrayList<>();
    private final Map<Integer, SimulatedNode> nodes = new TreeMap<>();
    private final Map<Integer, Long> heardAtMs = new TreeMap<>();
    private final Map<Integer, Integer> registeredAtStep = new TreeMap<>();

    SimulatedCluster(Simulation.Options options, VirtualTime time, Random random, History history) {
        this.options = options;
        this.time = time;
        this.history = history;
        this.network = new Network(time, random);
        this.controller =
                new ModelController(options.minInSync(), options.shrinkingEndsEpoch(), faults(options), step -> {
                    steps.add(step);
                    history.note(() -> describe(step));
                    nodes.values().forEach(SimulatedNode::metadataGrew);
                });
        for (int id = 1; id <= options.nodes(); id++) {
            nodes.put(id, new SimulatedNode(id, this, random));
        }
    }

    private static Set<ModelController.Fault> faults(Simulation.Options options) {
        Set<ModelController.Fault> faults = EnumSet.noneOf(ModelController.Fault.class);
        if (options.bug() != null) {
            switch (options.bug()) {
                case NO_FENCING -> faults.add(ModelController.Fault.NO_FENCING);
                case UNCLEAN_LEADER -> faults.add(ModelController.Fault.UNCLEAN_LEADER);
                default -> {}
            }
        }
        return faults;
    }

    private String describe(ModelController.Step step) {
        var text = new StringBuilder("metadata:");
        for (int i = 0; i < options.partitions(); i++) {
            PartitionRegistration now = step.image().topics().getPartition(TOPIC, i);
            if (now != null) {
                text.append(" partition ").append(i).append(" led by ").append(now.leader);
                text.append(" in epoch ").append(now.leaderEpoch);
                text.append(", in sync ").append(Replicas.toList(now.isr));
                if (now.elr.length > 0) {
                    text.append(", eligible ").append(Replicas.toList(now.elr));
                }
                for (int id : now.replicas) {
                    if (controller.isLost(TOPIC, i, id)) {
                        text.append(", lost on ").append(id);
                    }
                }
                text.append(';');
            }
        }
        text.append(" active");
        nodes.keySet().stream()
                .filter(id -> isActive(step.image(), id))
                .forEach(id -> text.append(' ').append(id));
        return text.toString();
    }

    /** Starts all nodes, makes the topic when all are there, and watches for those that fall silent. */
    void start() {
        nodes.values().forEach(SimulatedNode::start);
        createTopicWhenAllAreThere();
        watchSessions();
    }

    private void createTopicWhenAllAreThere() {
        List<Integer> ids = IntStream.rangeClosed(1, options.nodes()).boxed().toList();
        if (ids.stream().allMatch(this::isActive)) {
            controller.createTopic(TOPIC_NAME, TOPIC, options.partitions(), ids);
        } else {
            time.after(10, this::createTopicWhenAllAreThere);
        }
    }

    boolean hasTopic() {
        return controller.image().topics().getTopic(TOPIC) != null;
    }

    boolean isActive(int id) {
        return isActive(controller.image(), id);
    }

    private static boolean isActive(MetadataImage image, int id) {
        var broker = image.cluster().broker(id);
        return broker != null && !broker.fenced();
    }

    private void watchSessions() {
        for (int id : nodes.keySet()) {
            if (isActive(id) && time.nowMs() - heardAtMs.getOrDefault(id, 0L) > SESSION_MS) {
                controller.fence(id);
            }
        }
        time.after(100, this::watchSessions);
    }

    long register(int id, long cleanEpoch) {
        heardAtMs.put(id, time.nowMs());
        long epoch = controller.register(id, cleanEpoch, "localhost", 9000 + id);
        registeredAtStep.put(id, steps.size());
        return epoch;
    }

    void heartbeat(int id, long brokerEpoch, int appliedSteps) {
        var broker = controller.image().cluster().broker(id);
        if (broker == null || broker.epoch() != brokerEpoch) {
            return;
        }
        heardAtMs.put(id, time.nowMs());
        if (broker.fenced() && appliedSteps >= registeredAtStep.getOrDefault(id, 0)) {
            controller.unfence(id);
        }
    }

    boolean has(Bug bug) {
        return options.bug() == bug;
    }

    boolean isInSync(int partition, int node) {
        PartitionRegistration now = controller.image().topics().getPartition(TOPIC, partition);
        return now != null && Replicas.contains(now.isr, node);
    }

    /** Whether it is in sync, or may lead when nobody is. */
    boolean isEligible(int partition, int node) {
        PartitionRegistration now = controller.image().topics().getPartition(TOPIC, partition);
        return now != null && (Replicas.contains(now.isr, node) || Replicas.contains(now.elr, node));
    }

    /** Whether the present run of {@code node} is there for the controller, too. */
    boolean isRegistered(SimulatedNode node) {
        var broker = controller.image().cluster().broker(node.id());
        return broker != null && !broker.fenced() && node.brokerEpoch() == broker.epoch();
    }

    int epochOf(int partition) {
        PartitionRegistration now = controller.image().topics().getPartition(TOPIC, partition);
        return now == null ? -1 : now.leaderEpoch;
    }

    void fail(String what, Throwable cause) {
        throw new AssertionError(what, cause);
    }

    Simulation.Options options() {
        return options;
    }

    VirtualTime time() {
        return time;
    }

    History history() {
        return history;
    }

    Network network() {
        return network;
    }

    ModelController controller() {
        return controller;
    }

    /** All that the metadata have gone through. */
    List<ModelController.Step> steps() {
        return steps;
    }

    SimulatedNode node(int id) {
        SimulatedNode node = nodes.get(id);
        if (node == null) {
            throw new AssertionError("there is no node " + id);
        }
        return node;
    }

    Collection<SimulatedNode> nodes() {
        return nodes.values();
    }
}
