package dwal.compat.server;

import java.nio.file.Files;
import java.nio.file.Path;
import kafka.Kafka;
import kafka.tools.StorageTool;

/** The main class of {@link KafkaProcess}: formats the storage when it is new, then becomes the broker, in one JVM. */
public final class KafkaMain {
    private KafkaMain() {}

    public static void main(String[] arguments) throws Exception {
        Path properties = Path.of(arguments[0]);
        if (!Files.exists(properties.resolveSibling("data").resolve("meta.properties"))) {
            String[] format = {"format", "-t", "Y29tcGF0LXRlc3RzLWlkMQ", "-c", properties.toString()};
            int status = StorageTool.execute(format, System.out);
            if (status != 0) System.exit(status);
        }
        Kafka.main(new String[] {properties.toString()});
    }
}
