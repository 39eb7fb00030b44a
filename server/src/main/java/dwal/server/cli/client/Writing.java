package dwal.server.cli.client;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import picocli.CommandLine.Option;

/** How commands that write can be told to write. One thread. */
final class Writing {
    @Option(
            names = {"-a", "--acks"},
            paramLabel = "ACKS",
            defaultValue = "all",
            description = "Who has to have a record before it counts: all, 1 or 0. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String acks;

    @Option(
            names = {"-z", "--codec"},
            paramLabel = "CODEC",
            defaultValue = "none",
            description = "Compress with none, gzip, snappy, lz4 or zstd. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String codec;

    String acks() {
        return acks;
    }

    String codec() {
        return codec;
    }

    /** The producer's settings for batches of up to {@code batchBytes}. */
    Map<String, Object> settings(int batchBytes) {
        return Map.of("acks", acks, "compression.type", codec, ProducerConfig.BATCH_SIZE_CONFIG, batchBytes);
    }
}
