package dwal.compat.newer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dwal.compat.clients.Clients;
import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class NewerJavaTest {
    private @Nullable Server server;

    @AfterEach
    void end() {
        if (server != null) server.close();
    }

    /** One after the other on the same data. */
    @TestFactory
    Stream<DynamicTest> onANewerJava() throws IOException {
        if (Server.isKafkaTarget()) return skipped("only dwal is run on a newer Java");
        Optional<NewerJava> found = NewerJava.find();
        if (found.isEmpty()) return skipped("no Java 25 or later here (JAVA_HOME_25, or in /usr/lib/jvm)");
        NewerJava java = found.get();
        Server node = new DwalProcess(Map.of(), java.home());
        server = node;
        String on = " on Java " + java.version();
        return Stream.of(
                dynamicTest("the first start makes its archive of classes" + on, () -> {
                    node.start();
                    assertThat(node.stop()).isZero();
                }),
                dynamicTest("starts with that archive, and says no more than it should" + on, () -> {
                    node.start();
                    assertThat(archivesInUse(node)).contains(java.version() + ".jsa");
                    assertThat(node.log().lines())
                            .allMatch(line -> line.startsWith("dwal ready ") || line.contains(" INFO "));
                }),
                dynamicTest("serves the Java client, groups of both protocols too" + on, () -> roundTrip(node)),
                dynamicTest("finds its data again, and stops in order" + on, () -> {
                    assertThat(node.stop()).isZero();
                    assertThat(node.log()).doesNotContain("WARN", "ERROR");
                    node.start();
                    try (Consumer<String, String> consumer = new Clients(node).consumer(Map.of())) {
                        assertThat(new Clients(node).readAll(consumer, "newer")).hasSize(100);
                    }
                    assertThat(node.stop()).isZero();
                }));
    }

    /** As a test, since one that is skipped counts in the totals, and a factory does not. */
    private static Stream<DynamicTest> skipped(String reason) {
        return Stream.of(dynamicTest("on a newer Java", () -> Requirement.that(false, reason)));
    }

    private static List<String> archivesInUse(Server node) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(node.pid()), "maps")).stream()
                .map(line -> line.substring(line.lastIndexOf('/') + 1))
                .filter(name -> name.endsWith(".jsa"))
                .distinct()
                .toList();
    }

    private static void roundTrip(Server node) {
        Clients clients = new Clients(node);
        try (Producer<String, String> producer = clients.producer(Map.of("acks", "all", "compression.type", "zstd"))) {
            Clients.sendAll(producer, Clients.numbers("newer", 0, 100, 1));
        }
        for (String protocol : List.of("classic", "consumer")) {
            Map<String, Object> settings = Map.of("group.id", "group-" + protocol, "group.protocol", protocol);
            try (Consumer<String, String> consumer = clients.consumer(settings)) {
                consumer.subscribe(List.of("newer"));
                assertThat(Clients.poll(consumer, 100))
                        .extracting(ConsumerRecord::value)
                        .contains("0", "99");
                consumer.commitSync();
            }
        }
    }
}
