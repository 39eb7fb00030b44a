package dwal.compat.container;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.cluster.Members;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.traffic.Fault;
import dwal.compat.traffic.Traffic;
import dwal.environment.FreePorts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.utility.DockerImageName;

/** Three nodes in containers, one of which is killed. On host networking: each has ports of its own. */
@Timeout(900)
class ContainerClusterTest {
    private static final int NODES = 3;
    private static final int PARTITIONS = 6;

    @TempDir
    private Path directory;

    @BeforeAll
    static void buildImage() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "the Dockerfile makes an image of dwal only");
        Image.build();
    }

    @Test
    void nothingIsLostWhenAContainerIsKilled() throws Exception {
        List<Integer> ports =
                IntStream.range(0, 2 * NODES).map(i -> FreePorts.next()).boxed().toList();
        List<GenericContainer<?>> nodes = new ArrayList<>();
        for (int id = 1; id <= NODES; id++) nodes.add(node(id, ports));
        String bootstrap = IntStream.range(0, NODES)
                .mapToObj(i -> "127.0.0.1:" + ports.get(i))
                .collect(Collectors.joining(","));
        try {
            Startables.deepStart(nodes).join();
            try (Members members = new Members(bootstrap, NODES)) {
                String topic = members.createTopic("containers", PARTITIONS);
                try (Traffic traffic = new Traffic(new Clients(bootstrap), topic, PARTITIONS, Map.of()).start()) {
                    GenericContainer<?> leader = nodes.get(members.leader(topic) - 1);
                    leader.getDockerClient()
                            .killContainerCmd(leader.getContainerId())
                            .withSignal("KILL")
                            .exec();
                    Fault fault = traffic.fault("kill of the leader's container");
                    fault.awaitRecovery();
                    leader.getDockerClient()
                            .startContainerCmd(leader.getContainerId())
                            .exec();
                    members.awaitAllInSync();
                    traffic.finish();
                }
            }
        } finally {
            // All at once: one after the other, the last would wait for the others to take over what it leads.
            CompletableFuture.allOf(nodes.stream()
                            .map(node -> CompletableFuture.runAsync(() -> node.getDockerClient()
                                    .stopContainerCmd(node.getContainerId())
                                    .exec()))
                            .toArray(CompletableFuture[]::new))
                    .join();
            nodes.forEach(GenericContainer::stop);
        }
        Path dwal = Path.of(System.getProperty("dwal.home", "..")).resolve("bin/dwal");
        Process verify = new ProcessBuilder(
                        dwal.toString(), "log", "verify", data(1).toString(), data(2).toString(), data(3).toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(verify.waitFor()).as(said).isZero();
    }

    private Path data(int node) {
        return directory.resolve("node-" + node);
    }

    @SuppressWarnings("resource") // stopped by the test
    private GenericContainer<?> node(int id, List<Integer> ports) {
        String voters = IntStream.rangeClosed(1, NODES)
                .mapToObj(each -> each + "@127.0.0.1:" + ports.get(NODES + each - 1))
                .collect(Collectors.joining(","));
        List<String> command = new ArrayList<>(List.of("start", "--data", "/data"));
        Map<String, String> settings = Map.of(
                "node.id",
                Integer.toString(id),
                "process.roles",
                "broker,controller",
                "listeners",
                "PLAINTEXT://127.0.0.1:" + ports.get(id - 1) + ",CONTROLLER://127.0.0.1:" + ports.get(NODES + id - 1),
                "controller.quorum.voters",
                voters,
                "min.insync.replicas",
                "2",
                "group.initial.rebalance.delay.ms",
                "0",
                "dwal.disk.reserve",
                "0");
        settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        return new GenericContainer<>(DockerImageName.parse(Image.NAME))
                .withImagePullPolicy(image -> false)
                .withNetworkMode("host")
                .withLabel("dwal.test", "compat")
                .withFileSystemBind(data(id).toString(), "/data", BindMode.READ_WRITE)
                .withCommand(command.toArray(String[]::new))
                .waitingFor(
                        Wait.forLogMessage(".*dwal ready kafka=.*\\n", 1).withStartupTimeout(Duration.ofMinutes(2)));
    }
}
