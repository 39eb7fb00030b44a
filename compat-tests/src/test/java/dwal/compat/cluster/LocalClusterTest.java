package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.console.Browser;
import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.tools.Tools;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Three processes, as {@code bin/dwal local-cluster} runs them. Each test leaves all of them running. */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LocalClusterTest {
    /** Time-outs so long that what is done before their end was not waiting for them, on the slowest machine. */
    private static final int SILENCE_MS = 40_000;

    /** Kafka's default. */
    private static final int JOIN_MS = 2_000;

    private static final String[] SETTINGS = {
        "--set", "dwal.disk.reserve=0",
        "--set", "controller.quorum.fetch.timeout.ms=" + SILENCE_MS,
        "--set", "broker.session.timeout.ms=" + SILENCE_MS,
        "--set", "dwal.gateway.request.timeout.ms=" + SILENCE_MS / 4
    };

    private LocalCluster cluster;
    private Tools tools;

    @BeforeAll
    void start() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "bin/dwal local-cluster starts dwal only");
        cluster = new LocalCluster();
        tools = new Tools();
        LocalCluster.Outcome started = cluster.startWithDoors(SETTINGS).ok();
        assertThat(started.output().lines().filter(line -> line.startsWith("dwal ready kafka=")))
                .as("one line for each node")
                .hasSize(3);
    }

    @AfterAll
    void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
            tools.close();
        }
    }

    @Test
    void eachNodeServesAdminClientsAndTools() throws Exception {
        assertThat(cluster.run("status").ok().output().lines().filter(line -> line.contains(" serving")))
                .as("all run and are counted on")
                .hasSize(3)
                .filteredOn(line -> line.endsWith(", active controller"))
                .hasSize(1);
        for (int node = 1; node <= 3; node++) {
            String topic = Clients.unique("node" + node);
            tools.run("TopicCommand", "--bootstrap-server", cluster.bootstrap(node), "--create", "--topic", topic);
            for (int other = 1; other <= 3; other++) {
                String bootstrap = cluster.bootstrap(other);
                Await.until(
                        "node " + other + " to know the topic",
                        () -> tools.run("TopicCommand", "--bootstrap-server", bootstrap, "--describe", "--topic", topic)
                                .contains("PartitionCount: 6\tReplicationFactor: 3\tConfigs: min.insync.replicas=2"));
            }
            try (Admin admin = cluster.admin(cluster.bootstrap(node))) {
                assertThat(admin.describeCluster().nodes().get())
                        .extracting(Node::id)
                        .containsExactlyInAnyOrder(1, 2, 3);
                assertThat(admin.describeMetadataQuorum().quorumInfo().get().voters())
                        .hasSize(3);
            }
            assertThat(tools.run(
                            "MetadataQuorumCommand",
                            "--bootstrap-controller",
                            cluster.controller(node),
                            "describe",
                            "--status"))
                    .contains("LeaderId:");
        }
    }

    @Test
    void anyNodeAnswersOverHttpWhoeverLeads() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        List<String> offsets = new ArrayList<>();
        for (int node = 1; node <= 3; node++) {
            offsets.add(http(client, node, "POST", "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}"));
        }
        assertThat(offsets).containsExactly("{\"offset\":0}\n", "{\"offset\":1}\n", "{\"offset\":2}\n");
        for (int node = 1; node <= 3; node++) {
            assertThat(http(client, node, "GET", "{\"offset\": 1}"))
                    .isEqualTo("{\"record\":{\"value\":\"BLA1234567FOOBAR\",\"offset\":1}}\n");
        }
    }

    private String http(HttpClient client, int node, String method, String body) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create("http://" + cluster.http(node) + "/"))
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void groupsAreListedThoughABrokerIsSilentAndTheAnswerNamesIt() throws Exception {
        String group = Clients.unique("heard");
        fill(group);
        int coordinator = coordinator(group);
        int silent = coordinator == 3 ? 1 : coordinator + 1;
        assertThat(groups(coordinator)).contains("\"group\":\"" + group + '"', "\"unansweredBrokers\":[]");
        cluster.signal(silent, "STOP");
        try {
            assertThat(groups(coordinator))
                    .contains("\"group\":\"" + group + '"', "\"unansweredBrokers\":[" + silent + "]");
        } finally {
            cluster.signal(silent, "CONT");
        }
        Await.until(
                "node " + silent + " to answer again", () -> groups(coordinator).contains("\"unansweredBrokers\":[]"));
    }

    private int coordinator(String group) throws Exception {
        try (Admin admin = cluster.admin(cluster.bootstrap(1))) {
            return admin.describeConsumerGroups(List.of(group))
                    .all()
                    .get()
                    .get(group)
                    .coordinator()
                    .id();
        }
    }

    private String groups(int node) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://" + cluster.http(node) + "/groups"))
                .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    @Test
    void afterAKillAnotherControllerIsActiveWithinAnElection() throws Exception {
        List<Long> recoveriesMs = new ArrayList<>();
        List<Long> fencedMs = new ArrayList<>();
        for (int kill = 0; kill < 3; kill++) {
            int active = activeController(cluster.bootstrap(1));
            try (Admin admin = cluster.admin(cluster.bootstrapWithout(active))) {
                admin.describeCluster().nodes().get();
                long before = System.nanoTime();
                ProcessHandle.of(cluster.pid(active)).orElseThrow().destroyForcibly();
                String topic = Clients.unique("after");
                admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                        .all()
                        .get();
                recoveriesMs.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
                Await.until(
                        "the dead broker to be fenced",
                        () -> admin.describeCluster().nodes().get().size() == 2);
                fencedMs.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
                // It has one replica, and whoever stops that node would have a partition without a leader.
                admin.deleteTopics(List.of(topic)).all().get();
            }
            cluster.run("start").ok();
            awaitServing();
        }
        System.out.println("kill -9 of the active controller: a topic was created after " + recoveriesMs
                + " ms, the dead broker was fenced after " + fencedMs + " ms");
        // By time-outs alone each would take longer.
        assertThat(recoveriesMs).allMatch(ms -> ms < SILENCE_MS + 8_000).anyMatch(ms -> ms < SILENCE_MS);
        assertThat(fencedMs).anyMatch(ms -> ms < SILENCE_MS);
    }

    /** Until each node answers as soon as {@code status} wants it; gives what that says then. */
    private String awaitServing() {
        return Await.value("all nodes to serve", Await.PATIENCE, () -> {
            LocalCluster.Outcome status = cluster.run("status");
            return status.status() == 0 ? Optional.of(status.output()) : Optional.empty();
        });
    }

    @Test
    void theConsoleOfAnyNodeShowsWhoLeadsWhoIsMissingAndHowFarGroupsAre() throws Exception {
        String topic = Clients.unique("seen");
        try (Browser browser = new Browser()) {
            browser.size(1280, 800);
            fill(topic);
            browser.open(console(1, "/"));
            browser.awaitText("All replicas in sync");
            assertThat(browser.text("tbody")).contains("Broker 1", "Broker 2", "Broker 3", "controller", "answers");
            browser.screenshot("cluster-of-three");
            browser.open(console(2, "/topics/" + topic));
            assertThat(browser.all(".layout .place.leader")).hasSize(6);
            assertThat(browser.all(".layout .place.insync")).hasSize(12);
            for (int node = 1; node <= 3; node++) {
                // Whoever is its coordinator, and whoever leads what it reads.
                browser.open(console(node, "/groups/" + topic));
                browser.await(
                        "the lag",
                        () -> browser.text(".tile").replaceAll("\\s+", " ").equals("Lag 18 records"));
            }

            browser.open(console(1, "/topics/" + topic + "/messages?live=1"));
            browser.await("the stream", () -> browser.text(".told").contains("live"));
            for (int partition = 0; partition < 6; partition++) append(topic, partition, "live");
            browser.awaitText("6 records since you came");
            browser.screenshot("live-of-six");

            cluster.terminate(3);
            browser.open(console(1, "/"));
            browser.await("the stopped broker", () -> browser.text("tbody").contains("fenced"));
            browser.await("what is missing", () -> browser.text(".title").contains("under-replicated"));
            assertThat(browser.text(".tiles")).contains("2 of 3");
            for (String scheme : List.of("light", "dark")) {
                browser.scheme(scheme);
                for (int width : List.of(1280, 360)) {
                    browser.size(width, width == 360 ? 740 : 800);
                    browser.open(console(1, "/"));
                    browser.screenshot("one-stopped-" + scheme + "-" + width);
                    browser.open(console(1, "/topics/" + topic));
                    assertThat(browser.all(".layout .place.behind")).hasSize(6);
                    assertThat(browser.text(".title")).contains("6 under-replicated");
                    assertThat(browser.text()).contains("without 3");
                    browser.screenshot("topic-one-stopped-" + scheme + "-" + width);
                }
            }
            browser.open(console(2, "/topics?troubled=1"));
            browser.await("the topic", () -> browser.text("tbody").contains(topic));
            assertThat(browser.complaints()).isEmpty();
        } finally {
            cluster.run("start").ok();
            awaitServing();
        }
    }

    private String console(int node, String place) {
        return "http://" + cluster.http(node) + "/ui/#" + place;
    }

    /** Six partitions with four records each, of which a group of the same name has read one each. */
    private void fill(String topic) throws Exception {
        String bootstrap = cluster.bootstrap(1);
        try (Admin admin = cluster.admin(bootstrap)) {
            admin.createTopics(List.of(new NewTopic(topic, 6, (short) 3))).all().get();
            for (int partition = 0; partition < 6; partition++)
                append(topic, partition, "old", "older", "oldest", "first");
            Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
            for (int partition = 0; partition < 6; partition++)
                committed.put(new TopicPartition(topic, partition), new OffsetAndMetadata(1));
            admin.alterConsumerGroupOffsets(topic, committed).all().get();
        }
    }

    private void append(String topic, int partition, String... values) throws Exception {
        String records = Stream.of(values)
                .map(value -> "{\"partition\": " + partition + ", \"value\": {\"string\": \"" + value + "\"}}")
                .collect(Collectors.joining(",", "{\"records\": [", "]}"));
        var request = HttpRequest.newBuilder(URI.create("http://" + cluster.http(1) + "/topics/" + topic + "/records"))
                .POST(HttpRequest.BodyPublishers.ofString(records))
                .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void aProcessIdThatSomebodyElseHasNowIsLeftAlone() throws Exception {
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            assertThat(cluster.run("kill", "2").ok().output()).contains("node=2 killed");
            Files.writeString(cluster.pidFile(2), stranger.pid() + "\n");
            LocalCluster.Outcome status = cluster.run("status");
            assertThat(status.status()).isEqualTo(1);
            assertThat(status.output()).containsPattern("node=2 .* stopped");
            assertThat(cluster.run("kill", "2").output()).contains("node=2 does not run");
            assertThat(stranger.isAlive()).isTrue();
            cluster.run("start").ok();
            assertThat(awaitServing()).containsPattern("node=2 .* serving");
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void votersAreAddedAndRemovedByKafkasTool() throws Exception {
        Path directory = cluster.directory.resolve("node-4");
        Path settings = joiningNode(directory);
        Process node = null;
        try {
            LocalCluster.dwal("format", "--config", settings.toString(), "--no-initial-controllers")
                    .ok();
            node = startNode(settings);
            String bootstrap = cluster.bootstrap(1);
            Await.until(
                    "node 4 to follow the quorum",
                    () -> quorum(bootstrap, "--replication")
                            .lines()
                            .anyMatch(line -> line.startsWith("4 ") && line.contains("Observer")));
            changeVoters(4, bootstrap, "--command-config", settings.toString(), "add-controller");
            removeNode4(bootstrap, directory);
            stop(node);
            Files.writeString(settings, Files.readString(settings) + "controller.quorum.auto.join.enable=true\n");
            node = startNode(settings);
            Await.until("node 4 to join by itself", () -> voters(bootstrap) == 4);
            // Stopped first, or it joins again.
            stop(node);
            removeNode4(bootstrap, directory);
        } finally {
            stop(node);
        }
        try (Admin admin = cluster.admin(cluster.bootstrap(1))) {
            admin.unregisterBroker(4).all().get();
        }
    }

    private void removeNode4(String bootstrap, Path directory) throws IOException {
        changeVoters(
                3,
                bootstrap,
                "remove-controller",
                "--controller-id",
                "4",
                "--controller-directory-id",
                LocalCluster.properties(directory.resolve("meta.properties")).get("directory.id"));
    }

    /** Until there are {@code wanted} voters; a request that timed out may have been heard nevertheless. */
    private void changeVoters(int wanted, String bootstrap, String... command) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
        all.addAll(List.of(command));
        Await.until(wanted + " voters", () -> {
            if (voters(bootstrap) != wanted) tools.run("MetadataQuorumCommand", all.toArray(String[]::new));
            return voters(bootstrap) == wanted;
        });
    }

    /** A fourth node: what the first has, at other ports. */
    private Path joiningNode(Path directory) throws IOException {
        Map<String, String> like = LocalCluster.properties(cluster.directory.resolve("node-1.properties"));
        like.remove("controller.quorum.auto.join.enable");
        // It asks to join when so much time has passed; it never has an election, since the others hear their leader.
        like.put("controller.quorum.fetch.timeout.ms", Integer.toString(JOIN_MS));
        like.put("node.id", "4");
        like.put("log.dirs", directory.toString());
        like.put("dwal.http.listener", "off");
        like.put("dwal.grpc.listener", "off");
        like.put("listeners", "PLAINTEXT://" + cluster.bootstrap(4) + ",CONTROLLER://" + cluster.controller(4));
        Path settings = cluster.directory.resolve("node-4.properties");
        List<String> lines = new ArrayList<>();
        like.forEach((key, value) -> lines.add(key + "=" + value));
        Files.write(settings, lines);
        return settings;
    }

    private Process startNode(Path settings) throws IOException {
        Path output = Files.createTempFile(cluster.directory, "node-4-", ".out");
        Process node = new ProcessBuilder(LocalCluster.program(), "start", "--config", settings.toString())
                .redirectOutput(output.toFile())
                .redirectError(cluster.directory.resolve("node-4.log").toFile())
                .start();
        Await.until("node 4 to be ready", () -> {
            assertThat(node.isAlive()).isTrue();
            return Files.readString(output).startsWith("dwal ready ");
        });
        return node;
    }

    private static void stop(Process node) throws InterruptedException {
        if (node != null && node.isAlive()) {
            node.destroy();
            assertThat(node.waitFor(180, TimeUnit.SECONDS)).isTrue();
        }
    }

    private String quorum(String bootstrap, String what) throws IOException {
        return tools.run("MetadataQuorumCommand", "--bootstrap-server", bootstrap, "describe", what);
    }

    private int voters(String bootstrap) throws Exception {
        try (Admin admin = cluster.admin(bootstrap)) {
            return admin.describeMetadataQuorum().quorumInfo().get().voters().size();
        }
    }

    private int activeController(String bootstrap) {
        return Await.value("an active controller", Await.PATIENCE, () -> {
            try (Admin admin = cluster.admin(bootstrap)) {
                int leader = admin.describeMetadataQuorum().quorumInfo().get().leaderId();
                return leader > 0 ? Optional.of(leader) : Optional.empty();
            }
        });
    }
}
