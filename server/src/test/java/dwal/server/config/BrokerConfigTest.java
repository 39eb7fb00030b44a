package dwal.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerConfigTest {

    @Test
    void oneNodeNeedsNoConfiguration() {
        BrokerConfig config = BrokerConfig.of(Map.of());

        assertThat(config.nodeId()).isEqualTo(1);
        assertThat(config.dataDirectory()).isEqualTo(Path.of("data"));
        assertThat(config.isBroker()).isTrue();
        assertThat(config.isController()).isTrue();
        assertThat(config.clusterId()).isEmpty();
        assertThat(config.controllerListeners()).isEmpty();
        assertThat(config.listeners())
                .extracting(Endpoint::host, Endpoint::port)
                .containsExactly(tuple("127.0.0.1", 9092));
        assertThat(config.advertisedListeners()).isEqualTo(config.listeners());
        assertThat(config.keysWithoutEffect()).isEmpty();
        assertThat(config.getShort("offsets.topic.replication.factor")).isEqualTo((short) 1);
    }

    @Test
    void whatTheCommandLineSaysWinsOverTheFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("server.properties"), "num.partitions=3\nnode.id=7\n");

        BrokerConfig config = BrokerConfig.of(BrokerConfig.given(file, Map.of("num.partitions", "5"), null));

        assertThat(config.getInt("num.partitions")).isEqualTo(5);
        assertThat(config.nodeId()).isEqualTo(7);
        assertThat(config.brokerId()).isEqualTo(7);
    }

    @Test
    void theDataDirectoryOfTheCommandLineWinsOverThatOfTheFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("server.properties"), "log.dir=/var/one\n");

        var given = BrokerConfig.given(file, Map.of("log.dir", "/var/two"), Path.of("/var/three"));

        assertThat(BrokerConfig.of(given).dataDirectory()).isEqualTo(Path.of("/var/three"));
    }

    /** The values that Kafka ships for a node that is broker and controller. */
    @Test
    void theConfigurationThatKafkaShipsStarts(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("server.properties"), """
                process.roles=broker,controller
                node.id=1
                controller.quorum.bootstrap.servers=localhost:9093
                listeners=PLAINTEXT://:9092,CONTROLLER://:9093
                inter.broker.listener.name=PLAINTEXT
                advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
                num.network.threads=3
                num.io.threads=8
                socket.send.buffer.bytes=102400
                socket.receive.buffer.bytes=102400
                socket.request.max.bytes=104857600
                log.dirs=/tmp/kraft-combined-logs
                num.partitions=1
                num.recovery.threads.per.data.dir=2
                offsets.topic.replication.factor=1
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                log.retention.hours=168
                log.segment.bytes=1073741824
                log.retention.check.interval.ms=300000
                """);

        BrokerConfig config = BrokerConfig.of(BrokerConfig.given(file, Map.of(), null));

        assertThat(config.listeners()).extracting(Endpoint::listener).containsExactly("PLAINTEXT");
        assertThat(config.controllerListeners()).extracting(Endpoint::port).containsExactly(9093);
        assertThat(config.advertisedListeners()).extracting(Endpoint::host).containsExactly("localhost");
        assertThat(config.networkThreads()).isEqualTo(3);
        assertThat(config.keysWithoutEffect()).contains("num.io.threads").doesNotContain("log.retention.hours");
    }

    @ParameterizedTest
    @CsvSource({
        "log.retention.hour, log.retention.hours",
        "advertised.listener, advertised.listeners",
        "dwal.snyc, dwal.sync",
        "listenerz, listeners",
    })
    void anUnknownKeyIsRefusedWithTheNearestName(String key, String nearest) {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of(key, "1")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'" + key + "'")
                .hasMessageContaining("'" + nearest + "'");
    }

    @Test
    void anUnknownKeyThatIsLikeNoOtherIsRefusedToo() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("zookeeper.connect.string.of.old", "1")))
                .hasMessageContaining("Unknown configuration key")
                .hasMessageNotContaining("did you mean");
    }

    @Test
    void keysForOneListenerAreKnownByTheirBase() {
        BrokerConfig config = BrokerConfig.of(Map.of("listener.name.plaintext.max.connections", "7"));

        assertThat(config.isSet("listener.name.plaintext.max.connections")).isTrue();
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("listener.name.plaintext.max.conections", "7")))
                .isInstanceOf(ConfigException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            listeners                | PLAINTEXT://0.0.0.0:9092          | no client can connect
            listeners                | PLAINTEXT://:9092,PLAINTEXT://:93 | different name
            listeners                | nonsense                          | nonsense
            listeners                | SSL://:9092                       | PLAINTEXT only
            advertised.listeners     | OTHER://here:9092                 | OTHER
            log.dirs                 | /one,/two                         | name one
            process.roles            | broker                            | controller.quorum.bootstrap.servers
            process.roles            | controller                        | all its listeners
            controller.quorum.voters | 2@localhost:9093                  | this node
            controller.quorum.voters | 1@a:9093,2@b:9093,3@c:9093        | CONTROLLER://HOST:9093
            listeners                | PLAINTEXT://:9092,CONTROLLER://:0 | a port of its own
            authorizer.class.name    | org.example.Authorizer            | the authorizer of dwal is
            super.users              | alice                             | is no principal
            num.partitions           | 0                                 | num.partitions
            num.partitions           | many                              | num.partitions
            dwal.sync                | sometimes                         | commit
            dwal.disk.reserve        | 200%                              | below 100%
            """)
    void whatMakesNoSenseIsRefusedWithTheReason(String key, String value, String reason) {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void anyAddressMayBeBoundWhenAnotherIsAdvertised() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "listeners", "PLAINTEXT://0.0.0.0:9092", "advertised.listeners", "PLAINTEXT://kafka.example:19092"));

        assertThat(config.advertisedListeners())
                .extracting(Endpoint::host, Endpoint::port)
                .containsExactly(tuple("kafka.example", 19092));
    }

    @Test
    void theReserveIsAShareOrANumberOfBytes() {
        assertThat(BrokerConfig.of(Map.of()).diskReserve().of(1000)).isEqualTo(10);
        assertThat(BrokerConfig.of(Map.of("dwal.disk.reserve", "4096"))
                        .diskReserve()
                        .of(1000))
                .isEqualTo(4096);
    }

    @Test
    void whatIsSetAtRunTimeLiesOverTheFileAndTheNodeOverTheCluster() {
        BrokerConfig config = BrokerConfig.of(Map.of("log.retention.ms", "1", "log.segment.bytes", "2000000"));

        BrokerConfig changed = config.withDynamic(
                Map.of("log.retention.ms", "2", "log.segment.bytes", "3000000", "listeners", "nonsense"),
                Map.of("log.retention.ms", "3", "log.cleaner.threads", "-5", "node.id", "9"));

        assertThat(changed.getLong("log.retention.ms")).isEqualTo(3);
        assertThat(changed.getInt("log.segment.bytes")).isEqualTo(3000000);
        assertThat(changed.nodeId()).isEqualTo(1);
        assertThat(config.getLong("log.retention.ms")).isEqualTo(1);
    }

    @Test
    void aReplicaSelectorThatDoesNotExistOrSelectsNothingIsRefused() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("replica.selector.class", "no.such.Selector")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("there is no class no.such.Selector")
                .hasMessageContaining("RackAwareReplicaSelector");
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("replica.selector.class", "java.lang.String")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("java.lang.String is no");
    }

    @ParameterizedTest
    @CsvSource({
        "log.roll.ms,0",
        "log.roll.ms,-5",
        "log.roll.jitter.ms,-1",
        "log.retention.ms,0",
        "log.retention.minutes,0",
        "log.retention.hours,0"
    })
    void timesThatNoLogCanHaveAreRefused(String key, String value) {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("greater than or equal to");
    }
}
