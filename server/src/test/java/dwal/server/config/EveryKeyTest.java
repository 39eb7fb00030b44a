package dwal.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.FreePorts;
import dwal.server.Broker;
import dwal.server.PlugInsTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.replica.RackAwareReplicaSelector;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each of Kafka's keys either has an effect, or is told to have none, or is refused. What has an effect is found by setting
 * all of them on a node that serves clients, and seeing which it asks for; and for topics, by seeing what changes.
 */
class EveryKeyTest {
    /** Not among what a running node asks for: read when its configuration is made, and there refused unless it fits. */
    private static final Set<String> JUDGED_AT_ONCE =
            Set.of("broker.id", "config.providers", "metadata.log.dir", "process.roles");

    /** Asked for when a group writes more at once than it does here. */
    private static final Set<String> ASKED_FOR_SELDOM = Set.of("group.coordinator.cached.buffer.max.bytes");

    /** Of a topic, and not known to its logs: the controller follows it. */
    private static final Set<String> READ_BY_CONTROLLER = Set.of("unclean.leader.election.enable");

    /** What cannot be set to just its default, or to anything of its type. */
    private static Map<String, String> samples(Path data) {
        return Map.ofEntries(
                Map.entry("log.dir", data.toString()),
                Map.entry("log.dirs", data.toString()),
                Map.entry("metadata.log.dir", data.toString()),
                Map.entry("dwal.cluster.id", "c"),
                // With a listener for controllers, so that what concerns other nodes is asked for.
                Map.entry("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:" + FreePorts.next()),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:0"),
                Map.entry("metric.reporters", TakesTelemetry.class.getName()),
                Map.entry("create.topic.policy.class.name", PlugInsTest.TopicNames.class.getName()),
                Map.entry("alter.config.policy.class.name", PlugInsTest.FixedKey.class.getName()),
                Map.entry("log.cleanup.policy", "delete"),
                Map.entry("authorizer.class.name", DwalConfigs.STANDARD_AUTHORIZER),
                Map.entry("super.users", "User:ANONYMOUS"),
                Map.entry("broker.rack", "r"),
                Map.entry("replica.selector.class", RackAwareReplicaSelector.class.getName()),
                Map.entry("group.initial.rebalance.delay.ms", "0"));
    }

    private static String sample(ConfigKey key) {
        if (key.defaultValue != null) {
            return ConfigDef.convertToString(key.defaultValue, key.type);
        }
        return switch (key.type) {
            case INT, SHORT, LONG -> "1000000";
            case DOUBLE -> "0.5";
            case BOOLEAN -> "true";
            case STRING, PASSWORD, CLASS, LIST -> "";
        };
    }

    private static BrokerConfig withAllKeys(Path data) {
        Map<String, String> all = new HashMap<>();
        for (ConfigKey key : DwalConfigs.broker().configKeys().values()) {
            if (key.defaultValue != null || !KeysWithoutEffect.has(key.name)) {
                all.put(key.name, sample(key));
            }
        }
        all.putAll(samples(data));
        // Kafka allows only one of this and security.inter.broker.protocol; they are asked for together.
        all.remove("inter.broker.listener.name");
        // One that has not been checked yet: a check reads, and has no effect.
        return BrokerConfig.of(all).overlaid(Map.of());
    }

    @Test
    void eachKeyOfANodeIsAskedForOrHasNoEffectOrIsRefused(@TempDir Path data) throws Exception {
        BrokerConfig config = withAllKeys(data);
        try (var broker = new Broker(config)) {
            broker.start();
            serveClients(broker.address());
        }

        Set<String> unread = new TreeSet<>(config.unused());
        unread.removeAll(JUDGED_AT_ONCE);
        unread.removeAll(ASKED_FOR_SELDOM);
        unread.removeAll(askedForUnlessAnotherIsSet());
        unread.removeIf(KeysWithoutEffect::has);
        assertThat(unread)
                .as("set, never asked for, and not told to have no effect")
                .isEmpty();

        Set<String> read = new TreeSet<>(config.originals().keySet());
        read.removeAll(config.unused());
        // What a library reads as a whole when it is built, for parts of it that nobody can reach here; and the
        // defaults
        // of topics, at whose effect the tests below look.
        read.removeAll(ShareGroupConfig.CONFIG_DEF.names());
        read.removeAll(GroupCoordinatorConfig.CONFIG_DEF.names());
        DwalConfigs.topicSynonyms().values().forEach(each -> each.forEach(synonym -> read.remove(synonym.name())));
        assertThat(read).as("told to have no effect, but asked for").noneMatch(KeysWithoutEffect::has);
    }

    /** All but the first of those that stand for the same setting of topics; {@link #theSecondBestKeyOfANodeCounts} looks at them. */
    private static Set<String> askedForUnlessAnotherIsSet() {
        Set<String> later = new TreeSet<>();
        DwalConfigs.topicSynonyms()
                .values()
                .forEach(synonyms -> synonyms.stream().skip(1).forEach(synonym -> later.add(synonym.name())));
        return later;
    }

    @Test
    void theSecondBestKeyOfANodeCounts() {
        BrokerConfig defaults = BrokerConfig.of(Map.of());
        for (String key : askedForUnlessAnotherIsSet()) {
            BrokerConfig changed = BrokerConfig.of(Map.of(key, "7"));
            assertThat(settings(changed, Map.of())).as(key).isNotEqualTo(settings(defaults, Map.of()));
        }
    }

    private static void serveClients(String address) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", address);
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(List.of(new NewTopic("made", 2, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            produce(address, "made");
            produce(address, "made-by-asking");
            for (String protocol : List.of("classic", "consumer")) {
                consume(address, protocol);
            }
            admin.describeTopics(List.of("made")).allTopicNames().get(30, TimeUnit.SECONDS);
            admin.deleteTopics(List.of("made")).all().get(30, TimeUnit.SECONDS);
        }
    }

    private static void produce(String address, String topic) throws Exception {
        var settings = Map.<String, Object>of("bootstrap.servers", address, "acks", "all");
        try (Producer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, "value")).get(30, TimeUnit.SECONDS);
        }
    }

    private static void consume(String address, String protocol) {
        var settings = Map.<String, Object>of(
                "bootstrap.servers",
                address,
                "group.id",
                protocol,
                "group.protocol",
                protocol,
                "auto.offset.reset",
                "earliest");
        try (Consumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("made"));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (consumer.poll(Duration.ofMillis(100)).isEmpty()) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            consumer.commitSync();
        }
    }

    @Test
    void eachKeyOfATopicChangesWhatItsLogsDoOrIsToldToHaveNoEffect() {
        BrokerConfig broker = BrokerConfig.of(Map.of());
        for (ConfigKey key : DwalConfigs.topic().configKeys().values()) {
            if (key.internalConfig || READ_BY_CONTROLLER.contains(key.name)) {
                continue;
            }
            // Levels count with their codec only.
            Map<String, String> before = key.name.endsWith(".level")
                    ? Map.of(
                            "compression.type",
                            key.name.replace("compression.", "").replace(".level", ""))
                    : Map.of();
            Map<String, String> after = new HashMap<>(before);
            after.put(key.name, another(key, broker));
            boolean changes = !settings(broker, after).equals(settings(broker, before));
            assertThat(changes)
                    .as("%s=%s has an effect", key.name, after.get(key.name))
                    .isNotEqualTo(KeysWithoutEffect.hasTopics(key.name));
        }
    }

    private static List<Object> settings(BrokerConfig broker, Map<String, String> overrides) {
        LogConfig log = TopicSettings.logConfig(broker, overrides);
        return List.of(
                TopicSettings.of(broker, overrides),
                log.minInSyncReplicas,
                log.leaderReplicationThrottledReplicas,
                log.followerReplicationThrottledReplicas);
    }

    /** A value that {@code key} may have, other than that which it has. */
    private static String another(ConfigKey key, BrokerConfig broker) {
        Object inForce = TopicSettings.logConfig(broker, Map.of()).values().get(key.name);
        String now = ConfigDef.convertToString(inForce == null ? key.defaultValue : inForce, key.type);
        return Stream.of(
                        "compact",
                        "zstd",
                        "LogAppendTime",
                        "interval",
                        "true",
                        "0.25",
                        "1",
                        "2",
                        "100",
                        "2000000",
                        "1:1",
                        "*")
                .filter(value -> !value.equals(now) && DynamicConfigs.parses(DwalConfigs.topic(), key.name, value))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no other value for " + key.name + "=" + now));
    }

    @Test
    void aKeyOfATopicHasAnEffectWhereItsKeysOfTheNodeHaveOne() {
        DwalConfigs.topicSynonyms()
                .forEach((key, synonyms) -> synonyms.forEach(synonym -> {
                    if (DwalConfigs.broker().names().contains(synonym.name())) {
                        assertThat(KeysWithoutEffect.has(synonym.name()))
                                .as("%s for %s", synonym.name(), key)
                                .isEqualTo(KeysWithoutEffect.hasTopics(key));
                    }
                }));
    }

    @Test
    void everyKeyWithoutEffectExistsInKafka() {
        for (String each : KeysWithoutEffect.all()) {
            assertThat(AbstractKafkaConfig.CONFIG_DEF.names())
                    .as(each)
                    .anyMatch(name -> each.endsWith(".") ? name.startsWith(each) : name.equals(each));
        }
    }

    @Test
    void whatIsSetForOneListenerHasNoEffectButForTheLimitOfItsConnections() {
        assertThat(BrokerConfig.of(Map.of(
                                "listener.name.plaintext.max.connections", "7",
                                "listener.name.absent.max.connections", "7",
                                "listener.name.plaintext.max.connection.creation.rate", "7"))
                        .keysWithoutEffect())
                .containsExactly(
                        "listener.name.absent.max.connections", "listener.name.plaintext.max.connection.creation.rate");
    }

    @Test
    void anAuthorizerIsRefusedWithAReason() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("authorizer.class.name", "some.Authorizer")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("authorizer.class.name");
    }
}
