package dwal.compat.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kafka.Kafka;
import kafka.tools.StorageTool;

/**
 * The main class of {@link KafkaProcess}: formats the storage when it is new, then becomes the broker, in one JVM.
 * Arguments: the file of settings, and more options for the formatting.
 */
public final class KafkaMain {
    /** What all clusters of these tests are called. */
    public static final String CLUSTER_ID = "Y29tcGF0LXRlc3RzLWlkMQ";

    private KafkaMain() {}

    public static void main(String[] arguments) throws Exception {
        Path properties = Path.of(arguments[0]);
        if (!Files.exists(properties.resolveSibling("data").resolve("meta.properties"))) {
            List<String> format = new ArrayList<>(List.of("format", "-t", CLUSTER_ID, "-c", properties.toString()));
            format.addAll(List.of(arguments).subList(1, arguments.length));
            int status = StorageTool.execute(format.toArray(String[]::new), System.out);
            if (status != 0) System.exit(status);
        }
        Kafka.main(new String[] {properties.toString()});
    }
}
