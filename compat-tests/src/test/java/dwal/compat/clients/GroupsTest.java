package dwal.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Await;
import dwal.compat.server.JavaProcess;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each test has topics and groups of its own, and waits more than it computes: some run side by side. */
@ExtendWith(SharedServer.class)
class GroupsTest {
    private static final Duration POLL = Duration.ofMillis(50);
    private final Server server;
    private final Clients clients;

    GroupsTest(Server server) {
        this.server = server;
        clients = new Clients(server);
    }

    private Consumer<String, String> member(String protocol, String group, String topic) {
        return member(protocol, group, topic, Map.of());
    }

    private Consumer<String, String> member(String protocol, String group, String topic, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("group.id", group);
        settings.put("group.protocol", protocol);
        if (protocol.equals("classic")) settings.put("heartbeat.interval.ms", 500);
        Consumer<String, String> consumer = clients.consumer(settings);
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    private void produce(String topic, int from, int to, int partitions) {
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            Clients.sendAll(producer, Clients.numbers(topic, from, to, partitions));
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aGroupGoesOnWhereItsCommittedOffsetsAre(String protocol) {
        String topic = clients.topic("groups", 3);
        String group = Clients.unique(protocol);
        produce(topic, 0, 90, 3);
        try (Consumer<String, String> consumer = member(protocol, group, topic)) {
            assertThat(Clients.poll(consumer, 90)).hasSize(90);
            consumer.commitSync();
        }
        produce(topic, 90, 120, 3);
        try (Consumer<String, String> consumer = member(protocol, group, topic)) {
            List<ConsumerRecord<String, String>> rest = Clients.poll(consumer, 30);
            assertThat(rest).hasSize(30).allMatch(record -> Integer.parseInt(record.value()) >= 90);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void membersShareThePartitionsAsTheyJoinAndLeave(String protocol) {
        String topic = clients.topic("shared", 6);
        String group = Clients.unique(protocol);
        try (Consumer<String, String> first = member(protocol, group, topic)) {
            awaitAssignments(List.of(first), 6);
            try (Consumer<String, String> second = member(protocol, group, topic)) {
                awaitAssignments(List.of(first, second), 3, 3);
                try (Consumer<String, String> third = member(protocol, group, topic)) {
                    awaitAssignments(List.of(first, second, third), 2, 2, 2);
                    produce(topic, 0, 600, 6);
                    assertThat(values(List.of(first, second, third), 600)).hasSize(600);
                    List.of(first, second, third).forEach(Consumer::commitSync);
                }
                awaitAssignments(List.of(first, second), 3, 3);
            }
            awaitAssignments(List.of(first), 6);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void thePartitionsOfAKilledMemberGoToTheOthers(String protocol, @TempDir Path directory) throws IOException {
        String topic = clients.topic("killed", 4);
        String group = Clients.unique(protocol);
        Path output = directory.resolve("output");
        Map<String, Object> quick = protocol.equals("classic") ? Map.of("session.timeout.ms", 3000) : Map.of();
        Process killed = new ProcessBuilder(
                        JavaProcess.JAVA,
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MemberMain.class.getName(),
                        server.bootstrap(),
                        topic,
                        group,
                        protocol)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (Consumer<String, String> survivor = member(protocol, group, topic, quick)) {
            Await.until("the partitions to be shared", () -> {
                survivor.poll(POLL);
                return survivor.assignment().size() == 2
                        && Files.readString(output).endsWith("partitions 2\n");
            });
            killed.destroyForcibly();
            produce(topic, 0, 40, 4);
            awaitAssignments(List.of(survivor), 4);
            survivor.seekToBeginning(survivor.assignment());
            assertThat(values(List.of(survivor), 40)).hasSize(40);
        } finally {
            killed.destroyForcibly();
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.kafka.clients.consumer.RangeAssignor",
                "org.apache.kafka.clients.consumer.RoundRobinAssignor",
                "org.apache.kafka.clients.consumer.StickyAssignor",
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
            })
    void eachClassicAssignorServesAllPartitions(String assignor) {
        String topic = clients.topic("assignor", 4);
        String group = Clients.unique("assignor");
        Map<String, Object> settings = Map.of("partition.assignment.strategy", assignor);
        try (Consumer<String, String> first = member("classic", group, topic, settings);
                Consumer<String, String> second = member("classic", group, topic, settings)) {
            awaitAssignments(List.of(first, second), 2, 2);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(strings = {"uniform", "range"})
    void eachAssignorOfTheServerServesAllPartitions(String assignor) {
        String topic = clients.topic("remote-assignor", 4);
        String group = Clients.unique("remote-assignor");
        Map<String, Object> settings = Map.of("group.remote.assignor", assignor);
        try (Consumer<String, String> first = member("consumer", group, topic, settings);
                Consumer<String, String> second = member("consumer", group, topic, settings)) {
            awaitAssignments(List.of(first, second), 2, 2);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void aStaticMemberComesBackToItsPartitionsWithoutARebalance() {
        String topic = clients.topic("static", 4);
        String group = Clients.unique("static");
        try (Consumer<String, String> other = member("classic", group, topic, Map.of("group.instance.id", "b"))) {
            Set<TopicPartition> before;
            String generationBefore;
            try (Consumer<String, String> member = member("classic", group, topic, Map.of("group.instance.id", "a"))) {
                awaitAssignments(List.of(member, other), 2, 2);
                before = Set.copyOf(member.assignment());
                generationBefore = other.groupMetadata().toString().replaceAll("memberId = [^,]*", "");
            }
            try (Consumer<String, String> member = member("classic", group, topic, Map.of("group.instance.id", "a"))) {
                awaitAssignments(List.of(member, other), 2, 2);
                assertThat(member.assignment()).isEqualTo(before);
                assertThat(other.groupMetadata().toString().replaceAll("memberId = [^,]*", ""))
                        .isEqualTo(generationBefore);
            }
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void aPatternOnTheServersSideFindsTopicsMadeLater() {
        String prefix = Clients.unique("pattern");
        String group = Clients.unique("pattern");
        try (Consumer<String, String> consumer = clients.consumer(
                        Map.of("group.id", group, "group.protocol", "consumer", "metadata.max.age.ms", 1000));
                Admin admin = clients.admin()) {
            consumer.subscribe(new org.apache.kafka.clients.consumer.SubscriptionPattern(prefix + "-[ab]"));
            for (String name : List.of("-a", "-b", "-c")) {
                Clients.get(admin.createTopics(
                                List.of(new org.apache.kafka.clients.admin.NewTopic(prefix + name, 2, (short) 1)))
                        .all());
            }
            awaitAssignments(List.of(consumer), 4);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void offsetsCarryMetadataAndAreReadByOthers(String protocol) {
        String topic = clients.topic("metadata", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        String group = Clients.unique(protocol);
        try (Consumer<String, String> consumer = member(protocol, group, topic, Map.of("enable.auto.commit", false))) {
            awaitAssignments(List.of(consumer), 1);
            // Else committed() may be told the answer to what the consumer asked before it committed.
            consumer.position(partition);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(17, java.util.Optional.of(0), "why")));
            assertThat(consumer.committed(Set.of(partition)).get(partition).offset())
                    .isEqualTo(17);
        }
        try (Admin admin = clients.admin()) {
            OffsetAndMetadata committed = Clients.get(
                            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .get(partition);
            assertThat(committed.offset()).isEqualTo(17);
            assertThat(committed.metadata()).isEqualTo("why");
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void aMemberThatWasThrownOutCannotCommit() {
        String topic = clients.topic("zombie", 1);
        String group = Clients.unique("zombie");
        try (Consumer<String, String> zombie = member(
                "classic",
                group,
                topic,
                Map.of("max.poll.interval.ms", 2000, "session.timeout.ms", 2000, "enable.auto.commit", false))) {
            awaitAssignments(List.of(zombie), 1);
            produce(topic, 0, 5, 1);
            Clients.poll(zombie, 5);
            // No poll any more: its own heartbeat thread leaves the group, the other member takes over.
            try (Consumer<String, String> other = member("classic", group, topic)) {
                awaitAssignments(List.of(other), 1);
                org.assertj.core.api.Assertions.assertThatThrownBy(zombie::commitSync)
                        .isInstanceOf(CommitFailedException.class);
            }
        }
    }

    /** Polls all until they have these numbers of partitions, in any order, and none twice. */
    private static void awaitAssignments(List<Consumer<String, String>> members, int... sizes) {
        List<Integer> wanted = java.util.Arrays.stream(sizes).sorted().boxed().toList();
        Await.until("assignments of " + wanted, () -> {
            members.forEach(member -> member.poll(POLL));
            Set<TopicPartition> all = new HashSet<>();
            members.forEach(member -> all.addAll(member.assignment()));
            List<Integer> have = members.stream()
                    .map(member -> member.assignment().size())
                    .sorted()
                    .toList();
            return have.equals(wanted)
                    && all.size() == wanted.stream().mapToInt(i -> i).sum();
        });
    }

    /** The distinct values that the members read between them. */
    private static Set<String> values(List<Consumer<String, String>> members, int count) {
        Set<String> values = new HashSet<>();
        List<ConsumerRecord<String, String>> read = new ArrayList<>();
        Await.until(count + " values", Await.PATIENCE, () -> {
            members.forEach(member -> member.poll(POLL).forEach(read::add));
            read.forEach(record -> values.add(record.value()));
            return values.size() >= count;
        });
        return values;
    }
}
