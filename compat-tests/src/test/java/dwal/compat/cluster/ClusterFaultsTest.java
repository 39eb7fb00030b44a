package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.server.Requirement;
import dwal.compat.server.SegmentFile;
import dwal.compat.server.Server;
import dwal.compat.traffic.Fault;
import dwal.compat.traffic.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Three processes with three replicas of each partition, and what can befall processes and their files, while clients go on.
 * Nothing acknowledged is lost, doubled or reordered, and groups never go back. Each test has a topic of its own and leaves all
 * nodes in sync; in the end the replicas of all are compared.
 */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterFaultsTest {
    private static final int NODES = 3;
    private static final int PARTITIONS = 6;
    private static final String[] SETTINGS = {
        "--set", "dwal.disk.reserve=0",
        "--set", "broker.session.timeout.ms=3000",
        "--set", "broker.heartbeat.interval.ms=500",
        "--set", "group.initial.rebalance.delay.ms=0"
    };

    private LocalCluster cluster;
    private String bootstrap;
    private Members members;
    private String topic;

    @BeforeAll
    void start() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "bin/dwal local-cluster starts dwal only");
        cluster = new LocalCluster();
        cluster.start(SETTINGS).ok();
        bootstrap = String.join(",", cluster.bootstrap(1), cluster.bootstrap(2), cluster.bootstrap(3));
        members = new Members(bootstrap, NODES);
    }

    @AfterAll
    void stopAndCompareAllReplicas() throws Exception {
        if (cluster == null) return;
        members.close();
        cluster.close();
        cluster.verifyReplicas();
    }

    @Test
    void nodesAreKilledOneByOneAndThenAllAtOnce() throws Exception {
        try (Traffic traffic = traffic("kill", Map.of())) {
            int leader = members.leader(topic);
            killAndStart(traffic, "kill -9 of the leader", leader);
            killAndStart(traffic, "kill -9 of a follower", leader);
            killAndStart(traffic, "kill -9 of the active controller", members.activeController());
            for (int node = 1; node <= NODES; node++) cluster.kill(node);
            Fault fault = traffic.fault("kill -9 of all nodes");
            cluster.start().ok();
            fault.reached("all ready");
            fault.awaitRecovery();
            finish(traffic);
        }
    }

    private void killAndStart(Traffic traffic, String what, int node) throws Exception {
        cluster.kill(node);
        Fault fault = traffic.fault(what);
        fault.awaitRecovery();
        cluster.start().ok();
        members.awaitAllInSync();
    }

    @Test
    void leaderAndControllerHangForLongerThanTheirSessions() throws Exception {
        try (Traffic traffic = traffic("hang", Members.IMPATIENT)) {
            hang(traffic, "SIGSTOP of the leader", members.leader(topic));
            hang(traffic, "SIGSTOP of the active controller", members.activeController());
            finish(traffic);
        }
    }

    /** Others lead meanwhile, and it wakes up in the belief that it does. */
    private void hang(Traffic traffic, String what, int node) throws Exception {
        cluster.signal(node, "STOP");
        Fault fault = traffic.fault(what);
        try {
            members.awaitGone(node);
            fault.awaitRecovery();
        } finally {
            cluster.signal(node, "CONT");
        }
        members.awaitAllInSync();
        traffic.awaitMore();
    }

    @Test
    void aRollingRestartIsNotNoticedByClients() throws Exception {
        try (Traffic traffic = traffic("rolling", Map.of())) {
            for (int node = 1; node <= NODES; node++) {
                cluster.terminate(node);
                Fault fault = traffic.fault("restart of node " + node);
                cluster.start().ok();
                fault.awaitRecovery();
                members.awaitAllInSync();
            }
            finish(traffic);
            assertThat(traffic.errors()).isEmpty();
        }
    }

    @Test
    void aNodeComesBackWithATornTail() throws Exception {
        try (Traffic traffic = traffic("torn", Map.of())) {
            int node = members.leader(topic);
            cluster.kill(node);
            Fault fault = traffic.fault("kill -9 of a node whose tails are torn then");
            fault.awaitRecovery();
            tearTails(node, new Random(7));
            cluster.start().ok();
            members.awaitAllInSync();
            killAndStart(traffic, "kill -9 of another", members.leader(topic));
            finish(traffic);
        }
    }

    /** As the last write of a kill may be: in part, or in part something else. */
    private void tearTails(int node, Random random) throws IOException {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            List<Path> segments = SegmentFile.in(cluster.data(node).resolve(topic + "-" + partition));
            Path segment = segments.get(segments.size() - 1);
            byte[] bytes = SegmentFile.batches(segment);
            Files.write(segment, bytes);
            switch (partition % 3) {
                case 0 -> Files.write(segment, Arrays.copyOf(bytes, bytes.length - 1 - random.nextInt(200)));
                case 1 -> {
                    byte[] garbage = new byte[1 + random.nextInt(500)];
                    random.nextBytes(garbage);
                    Files.write(segment, garbage, StandardOpenOption.APPEND);
                }
                default -> Files.write(segment, Arrays.copyOf(bytes, 100), StandardOpenOption.APPEND);
            }
        }
    }

    @Test
    void aNodeComesBackWithAnEmptyDirectory() throws Exception {
        try (Traffic traffic = traffic("wiped", Map.of())) {
            int node = members.leader(topic);
            cluster.kill(node);
            Fault fault = traffic.fault("kill -9 of a node that loses its directory then");
            fault.awaitRecovery();
            cluster.wipe(node);
            cluster.start().ok();
            members.awaitAllInSync();
            members.awaitVoter(
                    node,
                    LocalCluster.properties(cluster.data(node).resolve("meta.properties"))
                            .get("directory.id"));
            killAndStart(traffic, "kill -9 of another", members.leader(topic));
            finish(traffic);
        }
    }

    @Test
    void aNodeComesBackWithoutTheFolderOfOneLog() throws Exception {
        try (Traffic traffic = traffic("lost", Map.of())) {
            int node = members.leader(topic);
            cluster.terminate(node);
            Fault fault = traffic.fault("stop of a node that loses the folder of one log then");
            fault.awaitRecovery();
            Path folder = cluster.data(node).resolve(topic + "-0");
            LocalCluster.delete(folder);
            assertThat(cluster.verify(node).output())
                    .contains("damage: " + folder)
                    .contains("the file is missing");
            cluster.start().ok();
            members.awaitAllInSync();
            assertThat(cluster.log(node)).contains(folder + " is dropped, for it is damaged");
            finish(traffic);
        }
    }

    /** Clients of a new topic. */
    private Traffic traffic(String name, Map<String, Object> settings) {
        topic = members.createTopic(name, PARTITIONS);
        return new Traffic(new Clients(bootstrap), topic, PARTITIONS, settings).start();
    }

    private void finish(Traffic traffic) throws Exception {
        members.awaitAllInSync();
        traffic.finish();
    }
}
