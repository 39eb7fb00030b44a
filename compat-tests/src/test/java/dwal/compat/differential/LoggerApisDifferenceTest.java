package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.ALTER_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.INCREMENTAL_ALTER_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.LIST_CONFIG_RESOURCES;

import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfigCollection;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** The loggers of a node as resources of configuration: of them both know that of all others, the root. */
@ExtendWith(Comparison.Extension.class)
class LoggerApisDifferenceTest {
    private static final byte LOGGERS = ConfigResource.Type.BROKER_LOGGER.id();
    private static final String ROOT = "root";
    private static final int SET = 0;
    private static final int DELETE = 1;
    private static final int APPEND = 2;
    private static final int SUBTRACT = 3;
    private final Comparison comparison;
    private final TestInfo test;

    LoggerApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
    }

    private static AlterableConfig change(String logger, int operation, String level) {
        return new AlterableConfig()
                .setName(logger)
                .setConfigOperation((byte) operation)
                .setValue(level);
    }

    private void changed(String name, String node, boolean onlyChecked, AlterableConfig... changes) {
        comparison.each(name, INCREMENTAL_ALTER_CONFIGS, (side, version) -> {
            AlterableConfigCollection copies = new AlterableConfigCollection();
            for (AlterableConfig each : changes) copies.add(each.duplicate());
            return new IncrementalAlterConfigsRequestData()
                    .setValidateOnly(onlyChecked)
                    .setResources(new AlterConfigsResourceCollection(List.of(new AlterConfigsResource()
                                    .setResourceType(LOGGERS)
                                    .setResourceName(node)
                                    .setConfigs(copies))
                            .iterator()));
        });
    }

    private void described(String name, String node, String logger) {
        comparison.each(
                name,
                DESCRIBE_CONFIGS,
                (side, version) -> new DescribeConfigsRequestData()
                        .setIncludeSynonyms(true)
                        .setIncludeDocumentation(version >= 3)
                        .setResources(List.of(new DescribeConfigsResource()
                                .setResourceType(LOGGERS)
                                .setResourceName(node)
                                .setConfigurationKeys(List.of(logger)))));
    }

    @Test
    void levelsAreChangedAndToldAlike() {
        changed("set", "1", false, change(ROOT, SET, "ERROR"));
        described("after that", "1", ROOT);
        changed("nothing is written", "1", false, change(ROOT, SET, "FATAL"));
        described("after that", "1", ROOT);
        changed("set again", "1", false, change(ROOT, SET, "INFO"));
        changed("only checked", "1", true, change(ROOT, SET, "TRACE"));
        changed("the second is wrong", "1", false, change(ROOT, SET, "TRACE"), change("no.such", SET, "INFO"));
        changed("no changes", "1", false);
        described("after all that", "1", ROOT);
        described("no such logger", "1", "no.such");
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void whatIsWrongIsRefusedAlike() {
        for (String level : new String[] {"info", "LOUD", "OFF", "", null})
            changed("level " + level, "1", false, change(ROOT, SET, level));
        for (int operation : new int[] {DELETE, APPEND, SUBTRACT})
            changed("operation " + operation + " of the root", "1", false, change(ROOT, operation, "INFO"));
        for (int operation : new int[] {SET, DELETE, APPEND})
            changed("operation " + operation + " of nobody", "1", false, change("no.such", operation, "INFO"));
        changed("unknown operation", "1", false, change(ROOT, 9, "INFO"));
        changed("twice", "1", false, change(ROOT, SET, "INFO"), change(ROOT, DELETE, null));
        for (String node : List.of("2", "one", "")) {
            changed("node '" + node + "'", node, false, change(ROOT, SET, "INFO"));
            described("node '" + node + "'", node, ROOT);
        }
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void theOldWayIsRefusedAlike() {
        for (String node : List.of("1", "2", "one", ""))
            comparison.each(
                    "node '" + node + "'",
                    ALTER_CONFIGS,
                    (side, version) -> new AlterConfigsRequestData()
                            .setResources(new AlterConfigsRequestData.AlterConfigsResourceCollection(List.of(
                                            new AlterConfigsRequestData.AlterConfigsResource()
                                                    .setResourceType(LOGGERS)
                                                    .setResourceName(node)
                                                    .setConfigs(new AlterConfigsRequestData.AlterableConfigCollection(
                                                            List.of(new AlterConfigsRequestData.AlterableConfig()
                                                                            .setName(ROOT)
                                                                            .setValue("INFO"))
                                                                    .iterator())))
                                    .iterator())));
        for (List<Byte> types : List.of(List.of(LOGGERS), List.of(LOGGERS, LOGGERS), List.of(LOGGERS, (byte) 4)))
            comparison.one(
                    "listed " + types,
                    LIST_CONFIG_RESOURCES,
                    1,
                    (side, version) -> new ListConfigResourcesRequestData().setResourceTypes(types));
        comparison.verdict(test.getDisplayName());
    }
}
