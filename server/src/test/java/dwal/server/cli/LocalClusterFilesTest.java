package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.config.BrokerConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterFilesTest {

    @Test
    void settingsInAnyScriptAreReadAsTheyWereGiven(@TempDir Path directory) throws Exception {
        String rack = "caf\u00e9 \u2615 \ud83c\udf7a C:\\x";
        LocalCluster cluster = LocalCluster.at(directory);

        var doors = new LocalCluster.DoorPorts(null, null);
        cluster.prepare(1, 31400, doors, Map.of("broker.rack", rack));
        // Reads what it wrote, and writes it anew.
        cluster.prepare(1, 31400, doors, Map.of("num.partitions", "2"));

        assertThat(BrokerConfig.read(directory.resolve("node-1.properties")))
                .containsEntry("broker.rack", rack)
                .containsEntry("num.partitions", "2");
    }
}
