package dwal.server.cli;

import dwal.replication.metadata.ClusterMetadata;
import dwal.replication.metadata.Founders;
import dwal.server.DataDirectoryLock;
import dwal.server.PartSettings;
import dwal.server.config.BrokerConfig;
import dwal.server.config.DwalConfigs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dwal format}: formats the data directory of a node before its first start, as Kafka's storage tool does. */
@Command(
        name = "format",
        description = {
            "Format the data directory of a node of several, before its first start.",
            "Only a node that founds a quorum of several voters, or joins one, needs it: others format themselves."
        },
        footer = {
            "",
            "Examples:",
            "  bin/dwal format --config node-1.properties --standalone",
            "      the first controller of a cluster; others join it, and are made voters with kafka-metadata-quorum add-controller",
            "  bin/dwal format --config node-2.properties --cluster-id ID --no-initial-controllers",
            "      a node that joins",
            "  bin/dwal format --config node-N.properties --cluster-id ID \\",
            "      --initial-controllers 1@one:9093:DIRECTORY-ID,2@two:9093:DIRECTORY-ID,3@three:9093:DIRECTORY-ID",
            "      three that begin together; 'kafka-storage random-uuid' makes ids"
        },
        sortOptions = false)
final class FormatCommand implements Callable<Integer> {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings in the format of Kafka's server.properties.")
    private @Nullable Path config;

    @Option(names = "--data", paramLabel = "DIR", description = "The data directory. Default: log.dirs, or ./data")
    private @Nullable Path data;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set one key, over what the file says.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(
            names = "--cluster-id",
            paramLabel = "ID",
            description = "The cluster. Default: dwal.cluster.id, or a new one where that makes sense.")
    private @Nullable String clusterId;

    @ArgGroup
    private @Nullable Quorum quorum;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Who votes at first; one of them. */
    static final class Quorum {
        @Option(names = "--standalone", description = "This node is the first voter, and begins the cluster.")
        private boolean standalone;

        @Option(names = "--no-initial-controllers", description = "This node joins others.")
        @SuppressWarnings("unused") // what is left when neither of the others is given
        private boolean others;

        @Option(
                names = "--initial-controllers",
                paramLabel = "LIST",
                description = "These nodes are the first voters: ID@HOST:PORT:DIRECTORY-ID,... the same list on each.")
        private @Nullable String list;
    }

    @Override
    public Integer call() throws IOException {
        Map<String, String> all = BrokerConfig.given(config, set, data);
        if (clusterId != null) {
            all.put(DwalConfigs.CLUSTER_ID_CONFIG, clusterId);
        }
        BrokerConfig settings = BrokerConfig.of(all);
        DataDirectoryLock lock = DataDirectoryLock.acquire(settings.dataDirectory());
        try {
            String cluster = ClusterMetadata.format(PartSettings.metadata(settings), founders());
            System.out.println("formatted " + settings.dataDirectory() + " for node " + settings.nodeId()
                    + " of cluster " + cluster);
        } finally {
            lock.close();
        }
        return CommandLine.ExitCode.OK;
    }

    private Founders founders() {
        if (quorum == null || quorum.standalone) {
            return Founders.thisNode();
        }
        if (quorum.list == null) {
            return Founders.others();
        }
        try {
            return Founders.these(quorum.list);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--initial-controllers: " + e.getMessage());
        }
    }
}
