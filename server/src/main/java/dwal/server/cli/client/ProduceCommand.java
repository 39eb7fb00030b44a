package dwal.server.cli.client;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dwal produce}: each line of the input becomes a record. */
@Command(
        name = "produce",
        description = "Write records to a topic: each line of the standard input or of a file is one.",
        footer = {
            "",
            "With --format json a line is an object as 'bin/dwal consume --json' prints it; all fields but value may be missing:",
            "  {\"key\": {\"string\": \"k\"}, \"value\": {\"json\": {\"a\": 1}}, \"headers\": [{\"name\": \"n\", \"value\":"
                    + " {\"base64\": \"AQI=\"}}], \"partition\": 0, \"timestamp\": 1760000000000}",
            "Exit code 1 if a record was not acknowledged; nothing is read after that.",
            "",
            "Examples:",
            "  echo 'hello' | bin/dwal produce greetings",
            "  bin/dwal produce orders --file orders.txt --key-separator : --header source=import --codec zstd"
        },
        sortOptions = false)
final class ProduceCommand extends ClientCommand {

    private static final String BATCH_SIZE = ProducerConfig.BATCH_SIZE_CONFIG;
    /** That of Kafka's producer. */
    private static final int DEFAULT_BATCH_BYTES = 16 * 1024;

    private enum Format {
        text,
        json
    }

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String topic;

    @Option(
            names = {"-i", "--file"},
            paramLabel = "FILE",
            description = "Read this instead of the standard input.")
    private @Nullable Path file;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "What a line is: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Format format;

    @Option(
            names = {"-K", "--key-separator"},
            paramLabel = "TEXT",
            description = "A line is a key, this, and a value; without it in the line, there is no key.")
    private @Nullable String separator;

    @Option(
            names = {"-k", "--key"},
            paramLabel = "KEY",
            description = "The key of all records.")
    private @Nullable String key;

    @Option(names = "--null", paramLabel = "TEXT", description = "A key or value that is this text is null.")
    private @Nullable String nullText;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME=VALUE",
            description = "A header of all records. May be repeated.")
    private List<String> headers = new ArrayList<>();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "The partition of all records. Default: by their keys")
    private @Nullable Integer partition;

    @Mixin
    private final Writing writing = new Writing();

    @Override
    public Integer call() throws IOException {
        List<Header> all = headers.stream().map(this::header).toList();
        Map<String, Object> settings = writing.settings(batchBytes());
        try (InputStream in = input();
                Producer<byte[], byte[]> producer = client.producer(settings)) {
            var sent = new SentRecords();
            try {
                send(new Lines(in), all, producer, sent);
            } finally {
                // What has been sent is answered, whatever becomes of the rest.
                producer.flush();
                show(sent.json(), sent::print);
            }
            sent.throwFailure("Topic " + topic);
        }
        return ExitCode.OK;
    }

    /**
     * How large batches may be: Kafka's producer splits one that the topic refuses as too large into batches of this size, for ever if
     * the topic refuses those too.
     */
    private int batchBytes() {
        int largest = largestBatch();
        String given = String.valueOf(client.given().getOrDefault(BATCH_SIZE, ""));
        // What is no number is told by the producer.
        if (given.matches("[0-9]{1,9}") && Integer.parseInt(given) > largest) {
            throw usage(BATCH_SIZE + "=" + given + " is more than max.message.bytes of topic " + topic + ", which is "
                    + largest);
        }
        return Math.min(DEFAULT_BATCH_BYTES, largest);
    }

    /** {@code max.message.bytes} of the topic; no bound where that is not told. */
    private int largestBatch() {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = client.admin()) {
            Config config = RequestFailure.orAnswer(
                    admin.describeConfigs(List.of(resource)).values().get(resource), "Topic " + topic);
            ConfigEntry entry = config.get("max.message.bytes");
            return entry == null ? Integer.MAX_VALUE : Integer.parseInt(entry.value());
        } catch (RequestFailure e) {
            // Not there yet, or not ours to ask about: the records will tell.
            if (e.getCause() instanceof ApiException) {
                return Integer.MAX_VALUE;
            }
            throw e;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told the same
    private void send(Lines lines, List<Header> headers, Producer<byte[], byte[]> producer, SentRecords sent)
            throws IOException {
        byte[] line = lines.next();
        while (line != null && !sent.hasFailed()) {
            long number = lines.number();
            try {
                producer.send(record(line, headers, number), (where, failure) -> sent.answered(number, where, failure));
            } catch (KafkaException e) {
                throw RequestFailure.of("Line " + number, e);
            }
            line = lines.next();
        }
    }

    private ProducerRecord<byte[], byte[]> record(byte[] line, List<Header> headers, long number) throws IOException {
        if (format == Format.json) {
            try {
                var record = RecordJson.read(line, topic, partition);
                headers.forEach(each -> record.headers().add(each));
                return record;
            } catch (IOException | IllegalArgumentException e) {
                throw new IOException("Line " + number + ": " + e.getMessage(), e);
            }
        }
        byte[] ownKey = key == null ? null : Utils.utf8(key);
        byte[] value = line;
        if (separator != null) {
            byte[] between = Utils.utf8(separator);
            int at = indexOf(line, between);
            if (at >= 0) {
                ownKey = Arrays.copyOf(line, at);
                value = Arrays.copyOfRange(line, at + between.length, line.length);
            }
        }
        return new ProducerRecord<>(topic, partition, null, orNull(ownKey), orNull(value), headers);
    }

    private byte @Nullable [] orNull(byte @Nullable [] bytes) {
        return nullText != null && bytes != null && Arrays.equals(bytes, Utils.utf8(nullText)) ? null : bytes;
    }

    private static int indexOf(byte[] line, byte[] wanted) {
        for (int i = 0; i + wanted.length <= line.length; i++) {
            if (Arrays.equals(line, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private Header header(String text) {
        int at = text.indexOf('=');
        if (at < 0) {
            throw usage("--header " + text + ": NAME=VALUE");
        }
        return new RecordHeader(text.substring(0, at), Utils.utf8(text.substring(at + 1)));
    }

    private InputStream input() throws IOException {
        return file == null ? System.in : new FileInputStream(file.toFile());
    }
}
