package dwal.server.cli.client;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dwal consume}: prints the records of a topic. */
@Command(
        name = "consume",
        description = {
            "Print the records of a topic: from the beginning, or from the place that is told, to the end that it has now.",
            "With --follow it goes on with what comes, until Ctrl-C. With --group it goes on where the group was, and commits what"
                    + " it has printed."
        },
        footer = {
            "",
            "Exit code 1 if --wait was over before the records that -n asks for had come.",
            "",
            "Examples:",
            "  bin/dwal consume orders --last 10 --show offset,key",
            "  bin/dwal consume orders --timestamp 15m --follow",
            "  bin/dwal consume orders --group billing -n 100 --json"
        },
        sortOptions = false)
final class ConsumeCommand extends ClientCommand {

    private enum Format {
        text,
        json,
        hex
    }

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String topic;

    @ArgGroup(exclusive = true)
    private @Nullable Where where;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            split = ",",
            description = "Only this partition; several with commas. Default: all")
    private List<Integer> partitions = new ArrayList<>();

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description =
                    "As a member of this group, which shares the partitions; a new group begins at the beginning.")
    private @Nullable String group;

    @Option(
            names = {"-F", "--follow"},
            description = "Go on with what comes.")
    private boolean follow;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "End after so many records.")
    private @Nullable Long count;

    @Option(
            names = {"-w", "--wait"},
            paramLabel = "SECONDS",
            description = "Go on with what comes until nothing has come for so long.")
    private @Nullable Integer waitSeconds;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "What a line is: ${COMPLETION-CANDIDATES}; --json is the same as --format json. Default:"
                    + " ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Format format;

    @Option(
            names = {"-s", "--show"},
            paramLabel = "FIELD",
            split = ",",
            description =
                    "In text and hex, what to print before the value: ${COMPLETION-CANDIDATES}; several with commas.")
    private List<RecordText.Field> show = new ArrayList<>();

    @Option(names = "--committed", description = "Leave out records of transactions that are open or were aborted.")
    private boolean committed;

    @Override
    public Integer call() throws IOException {
        check();
        Map<String, Object> settings = new HashMap<>(Map.of(
                "enable.auto.commit", false, "auto.offset.reset", "earliest", "allow.auto.create.topics", false));
        settings.put("isolation.level", committed ? "read_committed" : "read_uncommitted");
        if (group != null) {
            settings.put("group.id", group);
        }
        if (!follow) {
            // A consumer that is closed waits for the answer to its last fetch: by default half a second.
            settings.put("fetch.max.wait.ms", 50);
        }
        Consumer<byte[], byte[]> consumer = client.consumer(settings);
        try (Interruption interruption = new Interruption(consumer::wakeup)) {
            try {
                return consume(consumer, interruption, standardOutput());
            } finally {
                consumer.close(CloseOptions.timeout(client.timeout()));
            }
        }
    }

    private int consume(Consumer<byte[], byte[]> consumer, Interruption interruption, OutputStream out)
            throws IOException {
        var ending = new Reading.Ending(
                follow || waitSeconds != null,
                count == null ? Long.MAX_VALUE : count,
                waitSeconds == null ? Long.MAX_VALUE : waitSeconds * 1_000_000_000L);
        var reading = new Reading(consumer, ending, line(out), interruption::happened);
        try {
            List<TopicPartition> all = partitions(consumer);
            if (group != null) {
                return reading.ofGroup(topic) ? ExitCode.OK : ExitCode.SOFTWARE;
            }
            Where from = where == null ? new Where() : where;
            return reading.of(from.resolve(all, new ConsumerBounds(consumer))) ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (RequestFailure e) {
            throw e;
        } catch (KafkaException e) {
            throw RequestFailure.of("Topic " + topic, e);
        }
    }

    private void check() {
        if (group != null && (where != null || !partitions.isEmpty())) {
            throw usage(
                    "--group goes on where the group was, with the partitions that it is given; 'bin/dwal groups seek'"
                            + " moves a group");
        }
        if (count != null && count < 0) {
            throw usage("--count " + count + ": 0 or more");
        }
    }

    private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
        var known = consumer.partitionsFor(topic);
        if (known == null || known.isEmpty()) {
            throw new RequestFailure(
                    "Topic " + topic + ": there is no such topic; 'bin/dwal topics list' tells which there are");
        }
        List<TopicPartition> all = new ArrayList<>();
        known.forEach(each -> all.add(new TopicPartition(topic, each.partition())));
        if (partitions.isEmpty()) {
            return all;
        }
        List<TopicPartition> some =
                partitions.stream().map(each -> new TopicPartition(topic, each)).toList();
        for (TopicPartition each : some) {
            if (!all.contains(each)) {
                throw new RequestFailure(
                        "Topic " + topic + " has no partition " + each.partition() + ": 0 to " + (all.size() - 1));
            }
        }
        return some;
    }

    private Reading.Line line(OutputStream out) {
        if (client.json() || format == Format.json) {
            return new Reading.Line(record -> RecordJson.write(record, out), out::flush);
        }
        var text = new RecordText(show, format == Format.hex ? RecordText.Bytes.HEX : rawOrTamed());
        return new Reading.Line(record -> text.write(record, out), out::flush);
    }

    /** Bytes of records may not make a terminal do things; a file or another program gets them as they are. */
    @SuppressWarnings("SystemConsoleNull") // true of JDK 22 to 24 only: tamed where it need not be
    private static RecordText.Bytes rawOrTamed() {
        return System.console() == null ? RecordText.Bytes.RAW : RecordText.Bytes.TAMED;
    }

    private static OutputStream standardOutput() {
        return new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 << 10);
    }
}
