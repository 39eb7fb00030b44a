package dwal.server.handler;

import static org.apache.kafka.common.config.ConfigResource.Type.BROKER_LOGGER;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.config.TopicSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConfigHandlersTest {
    private TestCluster cluster;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        cluster = new TestCluster(
                folder, Map.of("log.retention.hours", "48", "sasl.jaas.config", "secret", "num.io.threads", "5"));
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    // ---- describing

    @Test
    void aTopicsValuesComeFromTheNodeUntilItSetsItsOwn() throws Exception {
        cluster.create("described", 1);
        assertThat(alter(ConfigResource.Type.TOPIC, "described", "segment.bytes", OpType.SET, "2000000"))
                .isEqualTo(Errors.NONE);

        Map<String, DescribeConfigsResourceResult> found = describe(ConfigResource.Type.TOPIC, "described");

        assertThat(found.get("segment.bytes").value()).isEqualTo("2000000");
        assertThat(sources(found.get("segment.bytes")))
                .containsExactly("segment.bytes TOPIC_CONFIG 2000000", "log.segment.bytes DEFAULT_CONFIG 1073741824");
        assertThat(found.get("segment.bytes").configType()).isEqualTo(ConfigType.INT.id());
        assertThat(found.get("segment.bytes").documentation()).contains("segment");
        assertThat(found.get("retention.ms").value()).isEqualTo(Long.toString(48 * 3600_000L));
        assertThat(found.get("dwal.sync").value()).isEqualTo("commit");
        assertThat(found.get("cleanup.policy").configType()).isEqualTo(ConfigType.LIST.id());
        assertThat(found).doesNotContainKey("internal.segment.bytes");
    }

    @Test
    void onlyTheKeysAskedForAreTold() throws Exception {
        cluster.create("asked", 1);
        var request = request(ConfigResource.Type.TOPIC, "asked");
        request.resources().get(0).setConfigurationKeys(List.of("retention.ms", "nonsense"));
        DescribeConfigsResponseData response = cluster.ask(ApiKeys.DESCRIBE_CONFIGS, 4, request);

        assertThat(response.results().get(0).configs())
                .extracting(DescribeConfigsResourceResult::name)
                .containsExactly("retention.ms");
    }

    @Test
    void theNodeTellsItsOwnValuesAndHidesSecrets() throws Exception {
        Map<String, DescribeConfigsResourceResult> found = describe(ConfigResource.Type.BROKER, "1");

        assertThat(sources(found.get("log.retention.hours")))
                .containsExactly(
                        "log.retention.hours STATIC_BROKER_CONFIG 48", "log.retention.hours DEFAULT_CONFIG 168");
        assertThat(found.get("node.id").readOnly()).isTrue();
        assertThat(found.get("log.retention.ms").readOnly()).isFalse();
        assertThat(found.get("num.io.threads").value()).isEqualTo("5");
        assertThat(found.get("sasl.jaas.config").isSensitive()).isTrue();
        assertThat(found.get("sasl.jaas.config").value()).isNull();
        assertThat(sources(found.get("sasl.jaas.config"))).noneMatch(each -> each.contains("secret"));
    }

    @Test
    void quotasThatExistAtRunTimeOnlyAreToldWhereTheyAreSet() throws Exception {
        String key = "leader.replication.throttled.rate";
        assertThat(alter(ConfigResource.Type.BROKER, "", key, OpType.SET, "2000"))
                .isEqualTo(Errors.NONE);
        assertThat(alter(ConfigResource.Type.BROKER, "1", key, OpType.SET, "3000"))
                .isEqualTo(Errors.NONE);

        DescribeConfigsResourceResult node =
                describe(ConfigResource.Type.BROKER, "1").get(key);
        DescribeConfigsResourceResult all =
                describe(ConfigResource.Type.BROKER, "").get(key);

        assertThat(node.value()).isEqualTo("3000");
        assertThat(sources(node))
                .containsExactly(key + " DYNAMIC_BROKER_CONFIG 3000", key + " DYNAMIC_DEFAULT_BROKER_CONFIG 2000");
        assertThat(all.value()).isEqualTo("2000");
        assertThat(all.isSensitive()).isFalse();
        assertThat(all.configType()).isEqualTo(ConfigType.LONG.id());
    }

    @Test
    void groupsAndClientMetricsHaveTheirDefaults() throws Exception {
        Map<String, DescribeConfigsResourceResult> group = describe(ConfigResource.Type.GROUP, "any");
        Map<String, DescribeConfigsResourceResult> metrics = describe(ConfigResource.Type.CLIENT_METRICS, "any");

        assertThat(group.get("consumer.session.timeout.ms").value()).isEqualTo("45000");
        assertThat(sources(group.get("consumer.session.timeout.ms")))
                .containsExactly("group.consumer.session.timeout.ms DEFAULT_CONFIG 45000");
        assertThat(metrics.get("interval.ms").value()).isEqualTo("300000");
    }

    @ParameterizedTest
    @CsvSource({
        "TOPIC, absent, UNKNOWN_TOPIC_OR_PARTITION",
        "TOPIC, bad/name, INVALID_TOPIC_EXCEPTION",
        "BROKER, 7, INVALID_REQUEST",
        "BROKER, one, INVALID_REQUEST",
        "BROKER_LOGGER, '', INVALID_REQUEST",
        "GROUP, '', INVALID_REQUEST",
        "CLIENT_METRICS, '', INVALID_REQUEST",
        "UNKNOWN, any, INVALID_REQUEST",
    })
    void whatIsNotThereCannotBeDescribed(ConfigResource.Type type, String name, Errors error) throws Exception {
        assertThat(result(type, name).errorCode()).isEqualTo(error.code());
    }

    // ---- changing

    @ParameterizedTest
    @CsvSource({
        "TOPIC, changed, retention.ms, SET, soon, INVALID_CONFIG",
        "TOPIC, changed, no.such.key, SET, 1, INVALID_CONFIG",
        "TOPIC, changed, dwal.sync, SET, never, INVALID_CONFIG",
        "TOPIC, changed, dwal.sync, SET, interval, NONE",
        "TOPIC, changed, cleanup.policy, APPEND, compact, NONE",
        "TOPIC, changed, retention.ms, APPEND, 1, INVALID_CONFIG",
        "TOPIC, absent, retention.ms, SET, 1, UNKNOWN_TOPIC_OR_PARTITION",
        "TOPIC, '', retention.ms, SET, 1, INVALID_REQUEST",
        "BROKER, 1, log.retention.ms, SET, 1000, NONE",
        "BROKER, 1, log.retention.ms, DELETE, , NONE",
        "BROKER, '', log.retention.ms, SET, often, INVALID_REQUEST",
        "BROKER, 1, node.id, SET, 3, INVALID_REQUEST",
        "BROKER, 1, log.retention.mss, SET, 3, INVALID_REQUEST",
        "BROKER, 2, log.retention.ms, SET, 3, INVALID_REQUEST",
        "BROKER, '', ssl.keystore.location, SET, /x, INVALID_REQUEST",
        "BROKER, 1, metric.reporters, SET, java.lang.String, INVALID_REQUEST",
        "BROKER, 1, config.providers, SET, file, INVALID_REQUEST",
        "BROKER_LOGGER, 1, root, SET, LOUD, INVALID_CONFIG",
        "BROKER_LOGGER, 1, root, SET, OFF, INVALID_CONFIG",
        "BROKER_LOGGER, 1, root, DELETE, , INVALID_REQUEST",
        "BROKER_LOGGER, 1, root, APPEND, INFO, INVALID_REQUEST",
        "BROKER_LOGGER, 1, root, SUBTRACT, INFO, INVALID_REQUEST",
        "BROKER_LOGGER, 1, no.such.logger, SET, INFO, INVALID_CONFIG",
        "BROKER_LOGGER, 1, no.such.logger, DELETE, , INVALID_CONFIG",
        "BROKER_LOGGER, 2, root, SET, INFO, INVALID_REQUEST",
        "BROKER_LOGGER, one, root, SET, INFO, INVALID_REQUEST",
        "GROUP, g, consumer.session.timeout.ms, SET, 50000, NONE",
        "GROUP, g, consumer.session.timeout.ms, SET, 1, INVALID_CONFIG",
        "GROUP, g, no.such.key, SET, 1, INVALID_CONFIG",
        "CLIENT_METRICS, m, interval.ms, SET, 1000, NONE",
        "CLIENT_METRICS, m, interval.ms, SET, 1, INVALID_REQUEST",
    })
    void changesAreJudgedOneByOne(
            ConfigResource.Type type, String name, String key, OpType operation, String value, Errors error)
            throws Exception {
        if (!cluster.has("changed")) {
            cluster.create("changed", 1);
        }
        assertThat(alter(type, name, key, operation, value)).isEqualTo(error);
    }

    @Test
    void levelsOfLoggersAreChangedOnTheirNode() throws Exception {
        String logger = "dwal.of.a.test";
        Logger changed = LoggerFactory.getLogger(logger + ".Changed");
        IncrementalAlterConfigsRequestData onlyChecked = change(BROKER_LOGGER, "1", logger, OpType.SET, "DEBUG");
        cluster.ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, onlyChecked.setValidateOnly(true));
        assertThat(changed.isDebugEnabled()).isFalse();

        assertThat(change(logger, OpType.SET, "DEBUG")).isEqualTo(Errors.NONE);
        assertThat(changed.isDebugEnabled()).isTrue();
        assertThat(describe(BROKER_LOGGER, "1").get(logger + ".Changed").value())
                .isEqualTo("DEBUG");

        assertThat(change(logger, OpType.SET, "FATAL")).isEqualTo(Errors.NONE);
        assertThat(changed.isErrorEnabled()).isFalse();
        assertThat(describe(BROKER_LOGGER, "1").get(logger).value()).isEqualTo("FATAL");

        assertThat(change(logger, OpType.DELETE, null)).isEqualTo(Errors.NONE);
        assertThat(changed.isErrorEnabled()).isTrue();
        assertThat(changed.isDebugEnabled()).isFalse();
    }

    private Errors change(String logger, OpType operation, String level) throws Exception {
        IncrementalAlterConfigsResponseData response =
                cluster.ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, change(BROKER_LOGGER, "1", logger, operation, level));
        return Errors.forCode(response.responses().get(0).errorCode());
    }

    @ParameterizedTest
    @CsvSource({
        "num.io.threads, 2,",
        "num.io.threads, 10,",
        "num.io.threads, 1, value should be at least half the current value 5",
        "num.io.threads, 11, value should not be greater than double the current value 5",
        "num.replica.fetchers, 3, value should not be greater than double the current value 1",
    })
    void threadCountsChangeInSmallStepsAsInKafka(String key, String value, String problem) throws Exception {
        for (String broker : List.of("", "1")) {
            var request = change(ConfigResource.Type.BROKER, broker, key, OpType.SET, value)
                    .setValidateOnly(true);
            IncrementalAlterConfigsResponseData response = cluster.ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request);

            assertThat(response.responses().get(0).errorMessage())
                    .isEqualTo(
                            problem == null
                                    ? null
                                    : "Dynamic thread count update validation failed for " + key + "=" + value + ", "
                                            + problem);
        }
    }

    @Test
    void whatIsOnlyValidatedChangesNothing() throws Exception {
        cluster.create("validated", 1);
        var request = change(ConfigResource.Type.TOPIC, "validated", "retention.ms", OpType.SET, "77")
                .setValidateOnly(true);
        IncrementalAlterConfigsResponseData response = cluster.ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request);

        assertThat(response.responses().get(0).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(own(ConfigResource.Type.TOPIC, "validated")).isEmpty();
    }

    @Test
    void theOldWayReplacesAllKeys() throws Exception {
        cluster.create("replaced", 1);
        assertThat(alter(ConfigResource.Type.TOPIC, "replaced", "retention.ms", OpType.SET, "5"))
                .isEqualTo(Errors.NONE);
        var request = new AlterConfigsRequestData();
        var resource = new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName("replaced");
        resource.configs()
                .add(new AlterConfigsRequestData.AlterableConfig()
                        .setName("segment.ms")
                        .setValue("9"));
        request.resources().add(resource);
        AlterConfigsResponseData response = cluster.ask(ApiKeys.ALTER_CONFIGS, 2, request);

        assertThat(response.responses().get(0).errorCode()).isEqualTo(Errors.NONE.code());
        awaitOwn(ConfigResource.Type.TOPIC, "replaced", Map.of("segment.ms", "9"));
    }

    @Test
    void aChangeReachesTheSettingsOfTheTopicsLogs() throws Exception {
        cluster.create("effective", 1);
        assertThat(alter(ConfigResource.Type.TOPIC, "effective", "max.message.bytes", OpType.SET, "4321"))
                .isEqualTo(Errors.NONE);
        awaitOwn(ConfigResource.Type.TOPIC, "effective", Map.of("max.message.bytes", "4321"));

        assertThat(TopicSettings.of(cluster.config(), own(ConfigResource.Type.TOPIC, "effective"))
                        .maxMessageBytes())
                .isEqualTo(4321);
    }

    // ---- listing

    @Test
    void resourcesAreListedByType() throws Exception {
        cluster.create("listed", 1);
        assertThat(alter(
                        ConfigResource.Type.GROUP,
                        "listed-group",
                        "consumer.heartbeat.interval.ms",
                        OpType.SET,
                        "6000"))
                .isEqualTo(Errors.NONE);
        awaitOwn(ConfigResource.Type.GROUP, "listed-group", Map.of("consumer.heartbeat.interval.ms", "6000"));
        ListConfigResourcesResponseData all =
                cluster.ask(ApiKeys.LIST_CONFIG_RESOURCES, 1, new ListConfigResourcesRequestData());

        assertThat(all.configResources())
                .extracting(each -> ConfigResource.Type.forId(each.resourceType()) + " " + each.resourceName())
                .contains("TOPIC listed", "BROKER 1", "BROKER_LOGGER 1", "GROUP listed-group");
    }

    @Test
    void aTypeThatCannotBeListedIsRefused() throws Exception {
        ListConfigResourcesResponseData response = cluster.ask(
                ApiKeys.LIST_CONFIG_RESOURCES, 1, new ListConfigResourcesRequestData().setResourceTypes(List.of((byte)
                                99)));

        assertThat(response.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
    }

    // ---- how it is asked

    private Map<String, DescribeConfigsResourceResult> describe(ConfigResource.Type type, String name)
            throws Exception {
        DescribeConfigsResult result = result(type, name);
        assertThat(result.errorCode()).isEqualTo(Errors.NONE.code());
        Map<String, DescribeConfigsResourceResult> byName = new HashMap<>();
        result.configs().forEach(each -> byName.put(each.name(), each));
        return byName;
    }

    private DescribeConfigsResult result(ConfigResource.Type type, String name) throws Exception {
        DescribeConfigsResponseData response = cluster.ask(ApiKeys.DESCRIBE_CONFIGS, 4, request(type, name));
        return response.results().get(0);
    }

    private static DescribeConfigsRequestData request(ConfigResource.Type type, String name) {
        var request = new DescribeConfigsRequestData().setIncludeSynonyms(true).setIncludeDocumentation(true);
        request.resources()
                .add(new DescribeConfigsRequestData.DescribeConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(name)
                        .setConfigurationKeys(null));
        return request;
    }

    private static List<String> sources(DescribeConfigsResourceResult result) {
        return result.synonyms().stream().map(ConfigHandlersTest::text).toList();
    }

    private static String text(DescribeConfigsSynonym synonym) {
        return synonym.name() + " " + ConfigSource.forId(synonym.source()) + " " + synonym.value();
    }

    private Errors alter(ConfigResource.Type type, String name, String key, OpType operation, String value)
            throws Exception {
        IncrementalAlterConfigsResponseData response =
                cluster.ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, change(type, name, key, operation, value));
        var answer = response.responses().get(0);
        if (answer.errorCode() == Errors.NONE.code() && operation == OpType.SET) {
            cluster.metadata()
                    .await(image -> value.equals(image.configs()
                            .configMapForResource(new ConfigResource(type, name))
                            .get(key)))
                    .get(10, TimeUnit.SECONDS);
        }
        return Errors.forCode(answer.errorCode());
    }

    private static IncrementalAlterConfigsRequestData change(
            ConfigResource.Type type, String name, String key, OpType operation, String value) {
        var resource = new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(type.id())
                .setResourceName(name);
        resource.configs()
                .add(new IncrementalAlterConfigsRequestData.AlterableConfig()
                        .setName(key)
                        .setConfigOperation(operation.id())
                        .setValue(value));
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        return request;
    }

    private Map<String, String> own(ConfigResource.Type type, String name) {
        return cluster.metadata().image().configs().configMapForResource(new ConfigResource(type, name));
    }

    private void awaitOwn(ConfigResource.Type type, String name, Map<String, String> expected) throws Exception {
        cluster.metadata()
                .await(image -> image.configs()
                        .configMapForResource(new ConfigResource(type, name))
                        .equals(expected))
                .get(10, TimeUnit.SECONDS);
    }
}
