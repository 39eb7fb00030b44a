package dwal.compat.cluster;

import dwal.compat.clients.Clients;
import dwal.compat.server.Await;
import dwal.compat.traffic.Fault;
import dwal.compat.traffic.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Runs three nodes on the hosts 1 to 3, and clients in this process, while the network fails in one way after the other. */
final class NetworkFaultsMain implements AutoCloseable {
    private static final int NODES = 3;
    private static final int PARTITIONS = 6;

    private final Hosts hosts;
    private final Path directory;
    private final List<String> addresses = new ArrayList<>();
    private final List<Process> nodes = new ArrayList<>();

    private NetworkFaultsMain(Hosts hosts, Path directory) throws Exception {
        this.hosts = hosts;
        this.directory = directory;
        for (int id = 1; id <= NODES; id++) addresses.add(hosts.ok("addr", Integer.toString(id)));
    }

    /** Arguments: the script netns-cluster, the prefix of its namespaces, a directory for the nodes. */
    public static void main(String[] arguments) throws Exception {
        try (var main = new NetworkFaultsMain(new Hosts(Path.of(arguments[0]), arguments[1]), Path.of(arguments[2]))) {
            main.start();
            main.run();
            main.stop();
        }
    }

    private void run() throws Exception {
        String bootstrap = addresses.stream().map(address -> address + ":9092").collect(Collectors.joining(","));
        try (Members members = new Members(bootstrap, NODES)) {
            String topic = members.createTopic("network", PARTITIONS);
            try (Traffic traffic = new Traffic(new Clients(bootstrap), topic, PARTITIONS, Members.IMPATIENT).start()) {
                int leader = members.leader(topic);
                cut(traffic, members, "leader cut off from both others", "partition", leader, others(leader));
                leader = members.leader(topic);
                cut(traffic, members, "leader cut off from all", "partition", leader, others(leader) + ",c");
                leader = members.leader(topic);
                cut(traffic, members, "leader not heard by both others", "oneway", leader, others(leader));
                int controller = members.activeController();
                cut(
                        traffic,
                        members,
                        "active controller cut off from both others",
                        "partition",
                        controller,
                        others(controller));
                slow(traffic, members, members.leader(topic));
                members.awaitAllInSync();
                traffic.finish();
            }
        }
    }

    private void cut(Traffic traffic, Members members, String what, String command, int from, String to)
            throws Exception {
        hosts.ok(command, Integer.toString(from), to);
        Fault fault = traffic.fault(what);
        try {
            // For producers that another leads by now, so the session of the one that is cut off has ended.
            fault.awaitRecovery();
        } finally {
            hosts.ok("heal");
        }
        members.awaitAllInSync();
        traffic.awaitMore();
    }

    /** A node that answers late is no reason for anything to stop. */
    private void slow(Traffic traffic, Members members, int node) throws Exception {
        hosts.ok("delay", Integer.toString(node), "50");
        Fault fault = traffic.fault("leader's frames take 50 ms longer, each way");
        fault.awaitRecovery();
        members.awaitAllInSync();
        traffic.awaitMore();
        hosts.ok("heal");
    }

    private static String others(int node) {
        return IntStream.rangeClosed(1, NODES)
                .filter(id -> id != node)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
    }

    private void start() throws IOException {
        String voters = IntStream.rangeClosed(1, NODES)
                .mapToObj(id -> id + "@" + addresses.get(id - 1) + ":9093")
                .collect(Collectors.joining(","));
        for (int id = 1; id <= NODES; id++) {
            Path settings = directory.resolve("node-" + id + ".properties");
            String address = addresses.get(id - 1);
            Files.write(
                    settings,
                    List.of(
                            "node.id=" + id,
                            "process.roles=broker,controller",
                            "listeners=PLAINTEXT://" + address + ":9092,CONTROLLER://" + address + ":9093",
                            "controller.quorum.voters=" + voters,
                            "log.dirs=" + data(id),
                            "min.insync.replicas=2",
                            "broker.session.timeout.ms=3000",
                            "broker.heartbeat.interval.ms=500",
                            "group.initial.rebalance.delay.ms=0",
                            "dwal.disk.reserve=0"));
            nodes.add(hosts.process(
                            Integer.toString(id),
                            List.of(LocalCluster.program(), "start", "--config", settings.toString()))
                    .redirectOutput(output(id).toFile())
                    .redirectError(directory.resolve("node-" + id + ".log").toFile())
                    .start());
        }
        for (int id = 1; id <= NODES; id++) {
            Path output = output(id);
            Await.until(
                    "node " + id + " to be ready",
                    () -> Files.readString(output).startsWith("dwal ready "));
        }
    }

    private Path data(int node) {
        return directory.resolve("node-" + node);
    }

    private Path output(int node) {
        return directory.resolve("node-" + node + ".out");
    }

    private void stop() throws Exception {
        nodes.forEach(Process::destroy);
        for (Process node : nodes)
            if (!node.waitFor(180, TimeUnit.SECONDS)) throw new AssertionError("a node does not stop");
        List<String> verify = new ArrayList<>(List.of("log", "verify"));
        for (int id = 1; id <= NODES; id++) verify.add(data(id).toString());
        LocalCluster.Outcome outcome =
                LocalCluster.dwal(verify.toArray(String[]::new)).ok();
        System.out.println(outcome.output());
    }

    @Override
    public void close() {
        nodes.forEach(Process::destroyForcibly);
    }
}
