package dwal.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @Test
    void warnsThatNothingIsCompacted() {
        BrokerConfig compacts =
                BrokerConfig.of(Map.of("log.cleanup.policy", "delete,compact", "log.cleaner.threads", "2"));
        assertThat(compacts.warnings())
                .singleElement()
                .asString()
                .contains("no effect", "log.cleaner.threads, log.cleanup.policy=compact");

        assertThat(BrokerConfig.of(Map.of("log.cleanup.policy", "delete")).warnings())
                .isEmpty();
    }

    @Test
    void whatOnlyCompactionReadsIsToldToHaveNoEffect() {
        assertThat(List.of(
                        "delete.retention.ms",
                        "max.compaction.lag.ms",
                        "min.cleanable.dirty.ratio",
                        "min.compaction.lag.ms"))
                .allMatch(KeysWithoutEffect::hasTopics)
                .allSatisfy(key -> assertThat(DwalConfigs.topicSynonyms().get(key))
                        .allMatch(synonym -> KeysWithoutEffect.has(synonym.name())));
        assertThat(AbstractKafkaConfig.CONFIG_DEF.names())
                .filteredOn(key -> key.startsWith("log.cleaner."))
                .isNotEmpty()
                .allMatch(KeysWithoutEffect::has);
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rsm.config.bucket",
                "rlmm.config.remote.log.metadata.topic.num.partitions",
                "metrics.jmx.include",
                "metrics.jmx.exclude",
                "metrics.context.environment",
                "confluent.license.topic.replication.factor",
            })
    void whatPlugInsThatAreNotThereWouldReadHasNoEffect(String key) {
        BrokerConfig config = BrokerConfig.of(Map.of(key, "1"));

        assertThat(config.keysWithoutEffect()).containsExactly(key);
        assertThat(config.warnings()).containsExactly("These settings have no effect in dwal: " + key);
    }

    @Test
    void thePrefixOfTieredStorageIsTheOneThatIsSet() {
        Map<String, String> set = Map.of("remote.log.storage.manager.impl.prefix", "acme.", "acme.bucket", "b");

        assertThat(BrokerConfig.of(set).keysWithoutEffect()).containsExactlyInAnyOrderElementsOf(set.keySet());
        assertThatThrownBy(() -> BrokerConfig.of(
                        Map.of("remote.log.storage.manager.impl.prefix", "acme.", "rsm.config.bucket", "b")))
                .hasMessageContaining("'rsm.config.bucket'");
    }

    @Test
    void keysOfOlderVersionsOfKafkaAreNamedAsWhatTheyAre() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "zookeeper.connect", "z:2181",
                "zookeeper.set.acl", "true",
                "inter.broker.protocol.version", "3.9",
                "metrics.jmx.blacklist", "x",
                "port", "9092"));

        assertThat(config.keysWithoutEffect()).isEmpty();
        assertThat(config.warnings())
                .containsExactly("These settings are of older versions of Kafka, and have no effect:"
                        + " inter.broker.protocol.version (removed in Kafka 4.0: metadata.version, a feature, took its place);"
                        + " metrics.jmx.blacklist (removed in Kafka 4.0: write metrics.jmx.exclude);"
                        + " port (removed in Kafka 3.0: write listeners);"
                        + " zookeeper.connect, zookeeper.set.acl (removed in Kafka 4.0, which has no ZooKeeper)");
    }

    @Test
    void whatAClassOfTheUsersMayKnowIsLeftToIt() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "metric.reporters", "org.apache.kafka.common.metrics.JmxReporter,com.acme.Reporter",
                "acme.reporter.url", "http://here",
                "num.partition", "3",
                "sasl.acme.key", "4"));

        assertThat(config.originals()).containsEntry("acme.reporter.url", "http://here");
        assertThat(config.keysWithoutEffect()).isEmpty();
        assertThat(config.warnings())
                .containsExactly(
                        "These settings are neither Kafka's nor dwal's, and are left to com.acme.Reporter, which may"
                                + " know them: acme.reporter.url, num.partition (did you mean 'num.partitions'?), sasl.acme.key");
    }

    @ParameterizedTest
    @CsvSource({
        "principal.builder.class, com.acme.Principals",
        "client.quota.callback.class, com.acme.Quotas",
        "listener.name.plaintext.plain.sasl.server.callback.handler.class, com.acme.Handler",
        "ssl.engine.factory.class, com.acme.Engines",
        "security.providers, com.acme.Provider",
        "kafka.metrics.reporters, com.acme.Yammer",
    })
    void aClassThatNothingHereLoadsNeedNotBeThere(String key, String name) {
        BrokerConfig config = BrokerConfig.of(Map.of(key, name, "acme.key", "1", "listener.name.plaintext.acme", "2"));

        assertThat(config.keysWithoutEffect()).containsExactly(key);
        assertThat(config.warnings())
                .hasSize(2)
                .last()
                .asString()
                .contains("left to " + name)
                .contains("acme.key, listener.name.plaintext.acme");
    }

    @Test
    void aClassThatDecidesSomethingHereMustBeThere() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("create.topic.policy.class.name", "com.acme.Policy")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("com.acme.Policy")
                .hasMessageContaining("create.topic.policy.class.name")
                .hasMessageContaining("DWAL_CLASSPATH");
    }

    @Test
    void aReporterThatIsNotThereIsToldWithItsKeyAndWhereItWouldComeFrom() {
        BrokerConfig config = BrokerConfig.of(Map.of("metric.reporters", "com.acme.Reporter"));

        assertThatThrownBy(() -> config.getConfiguredInstances("metric.reporters", MetricsReporter.class, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("metric.reporters: ")
                .hasMessageContaining("com.acme.Reporter")
                .hasMessageContaining("DWAL_CLASSPATH");
    }

    @Test
    void kafkasOwnClassesAreKnownToReadNothingElse() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of(
                        "metric.reporters", "org.apache.kafka.common.metrics.JmxReporter",
                        "group.consumer.assignors", "range",
                        "acme.key", "1")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'acme.key'");
    }

    /** As Kafka reads it: ISO-8859-1, and other characters escaped. */
    @Test
    void aFileIsReadAsKafkaReadsIt(@TempDir Path folder) throws Exception {
        Path file = Files.write(
                folder.resolve("server.properties"),
                "# caf\u00e9\nnum.partitions=2\nbroker.rack=caf\u00e9 \\u2615\nacme.key=a \n"
                        .getBytes(StandardCharsets.ISO_8859_1));

        assertThat(BrokerConfig.read(file))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("num.partitions", "2", "broker.rack", "caf\u00e9 \u2615", "acme.key", "a "));
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
            connections.max.idle.ms  | 100                               | connection.failed.authentication.delay.ms=100
            replica.lag.time.max.ms  | 400                               | replica.fetch.wait.max.ms
            replica.socket.timeout.ms | 400                              | unnecessary socket timeouts
            inter.broker.listener.name | PLAIN                           | PLAIN
            security.inter.broker.protocol | SSL                         | a listener name defined in advertised.listeners
            listener.name.plaintext.max.connections | many               | many
            listener.name.plaintext.max.connections | -1                 | at least 0
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

    /** As in Kafka: the heartbeat is configured on brokers, the session on controllers. */
    @Test
    void heartbeatsThatAreTooRareForTheSessionAreTold() {
        BrokerConfig config =
                BrokerConfig.of(Map.of("broker.heartbeat.interval.ms", "5000", "broker.session.timeout.ms", "9000"));

        assertThat(config.warnings())
                .singleElement()
                .asString()
                .startsWith("broker.heartbeat.interval.ms (5000 ms) must be less than or equal to half of the"
                        + " broker.session.timeout.ms (9000 ms).");
        assertThat(BrokerConfig.of(Map.of("broker.heartbeat.interval.ms", "4500"))
                        .warnings())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"PLAINTEXT", "CONTROLLER", "' PLAINTEXT ,CONTROLLER'", "''"})
    void anEarlyStartListenerMayBeAnyOfTheNode(String names) {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093", "early.start.listeners", names));

        assertThat(config.keysWithoutEffect()).contains("early.start.listeners");
    }

    @ParameterizedTest
    @CsvSource({"PLAINTXT, ': did you mean ''PLAINTEXT''?'", "plaintext, ''", "INTERNAL, ''"})
    void anEarlyStartListenerThatIsNoneOfTheNodeIsRefused(String name, String advice) {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("early.start.listeners", "PLAINTEXT," + name)))
                .isInstanceOf(ConfigException.class)
                .hasMessage("early.start.listeners contains listener " + name
                        + ", but this is not contained in listeners or controller.listener.names" + advice);
    }

    /** An older version may have let them in. */
    @ParameterizedTest
    @CsvSource({
        "log.roll.ms, 0",
        "log.roll.jitter.ms, -1",
        "log.retention.ms, 0",
        "log.retention.ms, soon",
        "max.connections.per.ip, 0",
        "max.connections.per.ip.overrides, 127.0.0.1:many"
    })
    void whatWasSetAtRunTimeAndMayNotBeIsLeftOutAndTheRestIsInForce(String key, String value) {
        BrokerConfig config = BrokerConfig.of(Map.of("log.retention.ms", "7", "log.roll.ms", "8"));
        Map<String, String> set = Map.of(key, value, "num.io.threads", "9");

        for (boolean cluster : new boolean[] {true, false}) {
            var layers = new RunTimeLayers(config, cluster ? set : Map.of(), cluster ? Map.of() : set);

            assertThat(layers.inForce().values().get(key))
                    .isEqualTo(config.values().get(key));
            assertThat(layers.inForce().getInt("num.io.threads")).isEqualTo(9);
            assertThat(layers.leftOut())
                    .singleElement()
                    .asString()
                    .startsWith(key + "=" + value + (cluster ? " of all nodes: " : " of this node: "))
                    .contains(key);
        }
    }
}
