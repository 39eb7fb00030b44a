package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dwal bench}: a short load test, to get an idea; docs/performance.md is about how to measure. */
@Command(
        name = "bench",
        description = {
            "Write records as fast as they are taken, for some seconds, then read them all, and tell how fast that was.",
            "Into a topic of its own, which is deleted at the end."
        },
        footer = {
            "",
            "Examples:",
            "  bin/dwal bench",
            "  bin/dwal bench --seconds 5 --size 1000 --acks 1 --codec lz4 --partitions 6"
        },
        sortOptions = false)
final class BenchCommand extends ClientCommand {

    private static final int BATCH_BYTES = 128 << 10;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "How long to write. Default: ${DEFAULT-VALUE}")
    private int seconds;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "100",
            description = "The size of a record's value. Default: ${DEFAULT-VALUE}")
    private int size;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "So many records a second at most: latencies tell more below the limit. Default: no limit")
    private @Nullable Integer rate;

    @Mixin
    private final Writing writing = new Writing();

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Partitions of the topic. Default: ${DEFAULT-VALUE}")
    private int partitions;

    @Option(
            names = "--replicas",
            paramLabel = "N",
            description = "Copies of each partition. Default: what the cluster says (default.replication.factor)")
    private @Nullable Short replicas;

    @Override
    public Integer call() {
        if (seconds < 1 || size < 0 || partitions < 1 || (rate != null && rate < 1)) {
            throw usage("--seconds, --partitions and --rate are 1 or more, --size is 0 or more");
        }
        String topic = "dwal-bench-" + Uuid.randomUuid();
        try (Admin admin = client.admin()) {
            RequestFailure.orAnswer(
                    admin.createTopics(List.of(
                                    new NewTopic(topic, Optional.of(partitions), Optional.ofNullable(replicas))))
                            .all(),
                    "Topic " + topic);
            try (Interruption interruption = new Interruption(() -> {})) {
                try {
                    run(topic, interruption);
                } finally {
                    RequestFailure.orAnswer(admin.deleteTopics(List.of(topic)).all(), "Topic " + topic);
                }
            }
        }
        return ExitCode.OK;
    }

    private void run(String topic, Interruption interruption) {
        var progress = new ProgressLine(err(), client.json());
        Throughput written;
        try (Producer<byte[], byte[]> producer = client.producer(writing.settings(BATCH_BYTES))) {
            written = new Load(progress, interruption::happened).write(producer, topic, size, seconds, rate);
        }
        Throughput read;
        try (Consumer<byte[], byte[]> consumer = client.consumer(Map.of("auto.offset.reset", "earliest"))) {
            read = new Load(progress, interruption::happened).read(consumer, topic, partitions);
        }
        progress.clear();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("recordBytes", size);
        json.put("acks", writing.acks());
        json.put("codec", writing.codec());
        json.put("partitions", partitions);
        json.put("write", written.json());
        json.put("read", read.json());
        show(json, out -> {
            var table =
                    new Table("", "RECORDS", "RECORDS/S", "MB/S", "P50 MS", "P95 MS", "P99 MS", "P99.9 MS", "MAX MS");
            table.row(row("write", written));
            table.row(row("read", read));
            table.print(out);
            out.println("Latency: from handing a record to the producer until its acknowledgement.");
        });
    }

    private static @Nullable Object[] row(String name, Throughput of) {
        List<@Nullable Object> row = new ArrayList<>(
                List.of(name, of.records(), Math.round(of.recordsPerSecond()), of.megabytesPerSecond()));
        for (double percentile : Throughput.PERCENTILES) {
            row.add(of.latencyMs(percentile));
        }
        return row.toArray();
    }
}
