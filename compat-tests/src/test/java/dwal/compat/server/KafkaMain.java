package dwal.compat.server;

import java.nio.file.Files;
import java.nio.file.Path;
import kafka.Kafka;
import kafka.tools.StorageTool;

/** The main class of {@link KafkaProcess}: formats the storage when it is new, then becomes the broker, in one JVM. */
public final class KafkaMain {
    /** What all clusters of these tests are called. */
    public static final String CLUSTER_ID = "Y29tcGF0LXRlc3RzLWlkMQ";

    private KafkaMain() {}

    public static void main(String[] arguments) throws Exception {
        Path properties = Path.of(arguments[0]);
        if (!Files.exists(properties.resolveSibling("data").resolve("meta.properties"))) {
            String[] format = {"format", "-t", CLUSTER_ID, "-c", properties.toString()};
            int status = StorageTool.execute(format, System.out);
            if (status != 0) System.exit(status);
        }
        Kafka.main(new String[] {properties.toString()});
    }
}
