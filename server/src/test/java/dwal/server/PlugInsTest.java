package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.server.config.BrokerConfig;
import dwal.server.config.ReportsNothing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node that runs gives to classes of the user's, and what they may decide. */
public class PlugInsTest {

    /** Remembers what the last one of it was given. */
    public static final class Reporter extends ReportsNothing {
        private static volatile Map<String, ?> given = Map.of();

        @Override
        public void configure(Map<String, ?> configs) {
            given = configs;
        }
    }

    /** Allows topics whose names begin as its own key says. */
    public static final class TopicNames implements CreateTopicPolicy {
        private String prefix = "";

        @Override
        public void configure(Map<String, ?> configs) {
            if (configs.get("acme.topic.prefix") instanceof String set) {
                prefix = set;
            }
        }

        @Override
        public void validate(CreateTopicPolicy.RequestMetadata topic) {
            if (!topic.topic().startsWith(prefix)) {
                throw new PolicyViolationException("begin it with " + prefix);
            }
        }

        @Override
        public void close() {}
    }

    /** Allows no change of the key that its own key names. */
    public static final class FixedKey implements AlterConfigPolicy {
        private Map<String, ?> set = Map.of();

        @Override
        public void configure(Map<String, ?> configs) {
            set = configs;
        }

        @Override
        public void validate(AlterConfigPolicy.RequestMetadata change) {
            if (set.get("acme.fixed.key") instanceof String key
                    && change.configs().containsKey(key)) {
                throw new PolicyViolationException(key + " is fixed");
            }
        }

        @Override
        public void close() {}
    }

    @Test
    void aMetricReporterIsGivenItsOwnKeysWhichNobodyElseIsTold(@TempDir Path data) throws Exception {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "log.dirs", data.toString(),
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "principal.builder.class", "com.acme.NotThere",
                "metric.reporters", Reporter.class.getName(),
                "acme.reporter.url", "http://acme"));
        try (var broker = new Broker(config)) {
            broker.start();

            assertThat(Reporter.given.get("acme.reporter.url")).isEqualTo("http://acme");
            assertThat(Reporter.given.get("broker.id")).isEqualTo("1");
            Config described = described(broker);
            assertThat(described.get("acme.reporter.url").isSensitive()).isTrue();
            assertThat(described.get("acme.reporter.url").value()).isNull();
            assertThat(described.get("principal.builder.class").value()).isEqualTo("com.acme.NotThere");
        }
    }

    private static Config described(Broker broker) throws Exception {
        var node = new ConfigResource(ConfigResource.Type.BROKER, "1");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.address()))) {
            return admin.describeConfigs(List.of(node)).all().get().get(node);
        }
    }

    @Test
    void policiesDecideWhichTopicsThereAreAndHowTheyAreConfigured(@TempDir Path data) throws Exception {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "log.dirs",
                data.toString(),
                "listeners",
                "PLAINTEXT://127.0.0.1:0",
                "create.topic.policy.class.name",
                TopicNames.class.getName(),
                "alter.config.policy.class.name",
                FixedKey.class.getName(),
                "acme.topic.prefix",
                "acme-",
                "acme.fixed.key",
                "retention.ms"));
        assertThat(config.keysWithoutEffect()).isEmpty();
        try (var broker = new Broker(config)) {
            broker.start();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.address()))) {
                create(admin, "acme-orders").get();
                assertThatThrownBy(() -> create(admin, "orders").get())
                        .cause()
                        .isInstanceOf(PolicyViolationException.class)
                        .hasMessage("begin it with acme-");
                var change = new AlterConfigOp(new ConfigEntry("retention.ms", "1"), AlterConfigOp.OpType.SET);
                var topic = new ConfigResource(ConfigResource.Type.TOPIC, "acme-orders");
                assertThatThrownBy(() -> admin.incrementalAlterConfigs(Map.of(topic, List.of(change)))
                                .all()
                                .get())
                        .hasCauseInstanceOf(PolicyViolationException.class);
            }
        }
    }

    private static KafkaFuture<Void> create(Admin admin, String topic) {
        return admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all();
    }
}
