package dwal.compat.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.differential.RawConnection;
import dwal.compat.server.Await;
import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody has groups with large members, as many as a node takes, and more. */
class GroupMemoryTest {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int SESSION_MS = 30_000;
    private static final int PROTOCOLS = 60;
    private static final int BYTES = 1_000;
    /** Several times what the heap could hold. */
    private static final int MEMBERS = 3_000;

    private static final int REFUSALS = 5;

    private Server node;
    private Clients clients;
    private String topic;
    private Producer<String, String> producer;
    private int produced;

    @BeforeEach
    void start() {
        Requirement.that(!Server.isKafkaTarget(), "Kafka itself ends for lack of memory");
        node = new DwalProcess(Map.of()).jvmOptions("-Xmx128m").start();
        clients = new Clients(node);
        topic = clients.topic("honest", 1);
        producer = clients.producer(Map.of());
    }

    @AfterEach
    void end() {
        if (producer != null) producer.close();
        if (node != null) node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void theNodeLivesItsGroupsGoOnAndNewOnesWaitUntilThereIsRoom(String protocol) throws IOException {
        try (Consumer<String, String> member = consumer(protocol, "old");
                Consumer<String, String> newcomer = consumer(protocol, "new")) {
            readsAndCommits(member);

            takeAllRoom();
            for (int i = 0; i < 10; i++) {
                assertThat(newcomer.poll(POLL))
                        .as("what it is given without room")
                        .isEmpty();
                readsAndCommits(member);
            }
            assertThat(node.isAlive())
                    .as("the process lives; its log:\n%s", node.log())
                    .isTrue();
            assertThat(node.log().lines().filter(line -> line.contains("no room on the heap")))
                    .hasSizeBetween(1, 50)
                    .allMatch(line -> line.contains("of 127.0.0.1") && line.contains("-Xmx"));

            Await.until("the newcomer to be taken when sessions have ended", Duration.ofSeconds(90), () -> {
                newcomer.poll(POLL);
                readsAndCommits(member);
                return newcomer.assignment().size() == 1;
            });
        }
    }

    private Consumer<String, String> consumer(String protocol, String group) {
        Consumer<String, String> consumer =
                clients.consumer(Map.of("group.id", group, "group.protocol", protocol, "enable.auto.commit", false));
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    private void readsAndCommits(Consumer<String, String> member) {
        Clients.get(producer.send(new ProducerRecord<>(topic, Integer.toString(produced++))));
        TopicPartition partition = new TopicPartition(topic, 0);
        Await.until("the record to be read", () -> {
            member.poll(POLL);
            return member.assignment().contains(partition) && member.position(partition) == produced;
        });
        member.commitSync();
        Map<TopicPartition, OffsetAndMetadata> committed = member.committed(Set.of(partition));
        assertThat(committed.get(partition).offset()).isEqualTo(produced);
    }

    private void takeAllRoom() throws IOException {
        int refused = 0;
        try (RawConnection connection = new RawConnection(node.host(), node.port())) {
            for (int i = 0; i < MEMBERS && refused < REFUSALS; i++) {
                var answer = (JoinGroupResponseData) connection.call(ApiKeys.JOIN_GROUP, (short) 3, largeMember(i));
                if (answer.errorCode() != Errors.NONE.code()) {
                    assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
                    refused++;
                }
            }
        }
        assertThat(refused).as("refused members").isEqualTo(REFUSALS);
    }

    private static JoinGroupRequestData largeMember(int i) {
        var protocols = new JoinGroupRequestProtocolCollection();
        for (int j = 0; j < PROTOCOLS; j++) {
            protocols.add(new JoinGroupRequestProtocol().setName("p" + j).setMetadata(new byte[BYTES]));
        }
        return new JoinGroupRequestData()
                .setGroupId("hostile-" + i)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(SESSION_MS)
                .setRebalanceTimeoutMs(SESSION_MS)
                .setProtocols(protocols);
    }
}
