package dwal.server;

import dwal.environment.Disk;
import dwal.environment.FreePorts;
import dwal.server.config.BrokerConfig;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** Nodes of one cluster in this JVM, on free ports of the loopback address, with short time-outs. Used by one test thread. */
final class TestNodes implements AutoCloseable {
    private static final Map<String, String> QUICK = Map.of(
            "controller.quorum.election.timeout.ms", "300",
            "controller.quorum.fetch.timeout.ms", "600",
            "broker.heartbeat.interval.ms", "200",
            "broker.session.timeout.ms", "1500",
            "dwal.disk.reserve", "0");

    private final Path directory;
    private final Map<Integer, Integer> controllerPorts = new TreeMap<>();
    private final Map<Integer, Map<String, String>> settings = new HashMap<>();
    private final Map<Integer, Node> running = new TreeMap<>();
    private final Map<Integer, Disk> disks = new HashMap<>();

    /** Nodes of which {@code controllers} are the static voters. */
    TestNodes(Path directory, List<Integer> controllers) {
        this.directory = directory;
        controllers.forEach(id -> controllerPorts.put(id, FreePorts.next()));
    }

    /** Tells what node {@code id} is to be; it is started by {@link #start}. */
    TestNodes add(int id, String roles, Map<String, String> more) {
        List<String> listeners = new ArrayList<>();
        if (roles.contains("broker")) {
            listeners.add("PLAINTEXT://127.0.0.1:" + FreePorts.next());
        }
        if (roles.contains("controller")) {
            listeners.add("CONTROLLER://127.0.0.1:" + controllerPorts.get(id));
        }
        Map<String, String> all = new HashMap<>(QUICK);
        all.put("node.id", Integer.toString(id));
        all.put("process.roles", roles);
        all.put("listeners", String.join(",", listeners));
        all.put("log.dirs", dataOf(id).toString());
        all.put(
                "controller.quorum.voters",
                controllerPorts.entrySet().stream()
                        .map(each -> each.getKey() + "@127.0.0.1:" + each.getValue())
                        .collect(Collectors.joining(",")));
        all.putAll(more);
        settings.put(id, all);
        return this;
    }

    /** Node {@code id} is to keep its logs on {@code disk}. */
    TestNodes on(int id, Disk disk) {
        disks.put(id, disk);
        return this;
    }

    Path dataOf(int id) {
        return directory.resolve("node-" + id);
    }

    BrokerConfig configOf(int id) {
        return BrokerConfig.of(settings.get(id));
    }

    /** Starts those nodes, and waits until all of them are ready. */
    TestNodes start(int... ids) throws Exception {
        boolean first = running.isEmpty();
        try {
            begin(ids).get(60, TimeUnit.SECONDS);
            return this;
        } catch (Exception e) {
            if (first) {
                // The caller has nothing yet that he could close.
                close();
            }
            throw e;
        }
    }

    /** Starts those nodes; completes when all of them are ready. */
    CompletableFuture<Void> begin(int... ids) throws Exception {
        List<CompletableFuture<Void>> begun = new ArrayList<>();
        for (int id : ids) {
            Disk disk = disks.get(id);
            Node node = disk == null ? Node.of(configOf(id)) : new Broker(configOf(id), disk);
            running.put(id, node);
            begun.add(node.begin());
        }
        return CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new));
    }

    Node node(int id) {
        return running.get(id);
    }

    void stop(int id) {
        running.remove(id).close();
    }

    /** A client that is told of node {@code id} only. */
    Admin admin(int id) {
        return Admin.create(
                Map.of("bootstrap.servers", running.get(id).clientAddress().orElseThrow(), "retry.backoff.ms", 20));
    }

    /** A client of controllers. */
    Admin controllerAdmin(int id) {
        return Admin.create(
                Map.of("bootstrap.controllers", "127.0.0.1:" + controllerPorts.get(id), "retry.backoff.ms", 20));
    }

    /** What node {@code id} says about the cluster, and nobody else. */
    MetadataResponseData metadataOf(int id) throws IOException {
        var request = new MetadataRequestData().setTopics(null).setAllowAutoTopicCreation(false);
        return ask(portOf(id), ApiKeys.METADATA, 12, request, new MetadataResponseData());
    }

    int portOf(int id) {
        String address = running.get(id).clientAddress().orElseThrow();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    int controllerPortOf(int id) {
        return controllerPorts.get(id);
    }

    /** Makes {@code topic}, of one partition and one replica, by way of node 1. */
    void createTopic(String topic) throws Exception {
        try (Admin admin = admin(1)) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
    }

    /** What node {@code id} answers to {@code records} for the only partition of {@code topic}, with acks=1. */
    PartitionProduceResponse produce(int id, String topic, MemoryRecords records) throws IOException {
        var partition = new PartitionProduceData().setIndex(0).setRecords(records);
        var data = new TopicProduceData().setName(topic).setPartitionData(List.of(partition));
        var request = new ProduceRequestData()
                .setAcks((short) 1)
                .setTimeoutMs(10_000)
                .setTopicData(new TopicProduceDataCollection(List.of(data).iterator()));
        return ask(portOf(id), ApiKeys.PRODUCE, 9, request, new ProduceResponseData())
                .responses()
                .find(topic, Uuid.ZERO_UUID)
                .partitionResponses()
                .get(0);
    }

    /** One request over a connection of its own. */
    static <A extends ApiMessage> A ask(int port, ApiKeys key, int version, ApiMessage request, A answer)
            throws IOException {
        var header = new RequestHeader(key, (short) version, "raw", 1);
        ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), request, (short) version);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            var out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(frame.remaining());
            out.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining());
            var in = new DataInputStream(socket.getInputStream());
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            ByteBuffer given = ByteBuffer.wrap(bytes);
            given.position(key.responseHeaderVersion((short) version) > 0 ? 5 : 4);
            answer.read(new ByteBufferAccessor(given), (short) version);
            return answer;
        }
    }

    static void await(String what, Callable<Boolean> condition) throws Exception {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            if (System.nanoTime() > giveUp) {
                throw new AssertionError("waited in vain until " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Stops all at once, without the order in which one node would leave the others. */
    @Override
    public void close() {
        running.values().parallelStream().forEach(node -> {
            if (node instanceof Broker broker) {
                broker.closeAsIfKilled();
            } else {
                node.close();
            }
        });
        running.clear();
    }
}
