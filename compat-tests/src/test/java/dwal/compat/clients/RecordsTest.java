package dwal.compat.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionRatioEstimator;
import org.apache.kafka.common.record.internal.CompressionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedServer.class)
class RecordsTest {
    private static final long SEED = 20261122;
    private final Clients clients;

    RecordsTest(Server server) {
        clients = new Clients(server);
    }

    @Test
    void theClientsAreOfTheVersionThatThisRunIsAbout() throws IOException {
        Properties version = new Properties();
        try (InputStream file = Producer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            version.load(file);
        }
        assertThat(version.getProperty("version")).isEqualTo(System.getProperty("compat.clients", "4.3.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void aCodecOfTheProducerGivesTheSameRecordsByAssignAndByGroup(String codec) {
        String topic = clients.topic("codec-" + codec, 3);
        Map<String, Object> settings = Map.of("compression.type", codec, "linger.ms", 20, "batch.size", 65536);
        try (Producer<String, String> producer = clients.producer(settings)) {
            List<RecordMetadata> sent = Clients.sendAll(producer, Clients.numbers(topic, 0, 3000, 3));
            assertThat(sent).allMatch(RecordMetadata::hasOffset);
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            assertHoldsNumbers(clients.readAll(consumer, topic), 3000);
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of("group.id", Clients.unique("codecs")))) {
            consumer.subscribe(List.of(topic));
            assertHoldsNumbers(Clients.poll(consumer, 3000), 3000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd", "uncompressed"})
    void aCodecOfTheTopicOverridesTheProducersAndLosesNothing(String codec) {
        String topic = clients.topic("topic-codec-" + codec, 1, Map.of("compression.type", codec));
        for (String ofProducer : List.of("none", "gzip", "zstd")) {
            try (Producer<String, String> producer =
                    clients.producer(Map.of("compression.type", ofProducer, "linger.ms", 20))) {
                Clients.sendAll(producer, Clients.numbers(topic, 0, 100, 1));
            }
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            List<ConsumerRecord<String, String>> read = clients.readAll(consumer, topic);
            assertThat(read).hasSize(300);
            for (int i = 0; i < 300; i++) {
                assertThat(read.get(i).offset()).isEqualTo(i);
                assertThat(read.get(i).value()).isEqualTo(Integer.toString(i % 100));
            }
        }
    }

    /**
     * Java's producer bounds a batch by what it expects it to be compressed to, and learns from those before: after a gigabyte of
     * such records it expects one two-hundredth, which is set here at once.
     */
    @Test
    void recordsThatCompressExceedinglyWellAllArrive() {
        String topic = clients.topic("alike", 1);
        int count = 16_000;
        byte[] value = new byte[10_000];
        CompressionRatioEstimator.setEstimation(topic, CompressionType.ZSTD, 0.005f);
        Map<String, Object> settings = Map.of(
                "compression.type", "zstd", "batch.size", 1_000_000, "linger.ms", 60_000, "buffer.memory", 100_000_000);
        try (Producer<byte[], byte[]> producer = clients.bytesProducer(settings)) {
            List<RecordMetadata> sent =
                    Clients.sendAll(producer, Collections.nCopies(count, new ProducerRecord<>(topic, 0, null, value)));
            for (int i = 0; i < count; i++) {
                assertThat(sent.get(i).offset()).isEqualTo(i);
            }
        }
        try (Admin admin = clients.admin()) {
            TopicPartition partition = new TopicPartition(topic, 0);
            assertThat(Clients.get(admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                                    .all())
                            .get(partition)
                            .offset())
                    .isEqualTo(count);
        }
    }

    private static void assertHoldsNumbers(List<ConsumerRecord<String, String>> records, int count) {
        assertThat(records).hasSize(count);
        boolean[] seen = new boolean[count];
        for (ConsumerRecord<String, String> record : records) {
            int number = Integer.parseInt(record.value());
            assertThat(seen[number]).as("%s twice", record).isFalse();
            seen[number] = true;
            assertThat(record.key()).isEqualTo("key " + number);
            assertThat(record.offset()).isEqualTo(number / 3);
            assertThat(record.partition()).isEqualTo(number % 3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void recordsArriveWithEachKindOfAcknowledgement(String acks) {
        String topic = clients.topic("acks-" + acks, 1);
        try (Producer<String, String> producer =
                clients.producer(Map.of("acks", acks, "enable.idempotence", acks.equals("all")))) {
            Clients.sendAll(producer, Clients.numbers(topic, 0, 50, 1));
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            assertThat(Clients.poll(consumer, 50))
                    .extracting(ConsumerRecord::value)
                    .hasSize(50)
                    .startsWith("0", "1")
                    .endsWith("49");
        }
    }

    @Test
    void headersComeBackInOrderWithRepeatedNamesAndNullAndEmptyValues() {
        String topic = clients.topic("headers", 1);
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, "key", "value");
        record.headers()
                .add("a", "1".getBytes(UTF_8))
                .add("b", null)
                .add("a", new byte[0])
                .add("ключ", new byte[] {0, -1, 127});
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            Clients.sendAll(producer, List.of(record));
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            Header[] headers = clients.readAll(consumer, topic).get(0).headers().toArray();
            assertThat(headers).extracting(Header::key).containsExactly("a", "b", "a", "ключ");
            assertThat(headers)
                    .extracting(Header::value)
                    .containsExactly("1".getBytes(UTF_8), null, new byte[0], new byte[] {0, -1, 127});
        }
    }

    @Test
    void nullAndEmptyKeysAndValuesAreKeptApart() {
        String topic = clients.topic("nulls", 1);
        byte[] empty = {};
        byte[] some = {1, 2, 3};
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (byte[] key : new byte[][] {null, empty, some}) {
            for (byte[] value : new byte[][] {null, empty, some})
                records.add(new ProducerRecord<>(topic, 0, key, value));
        }
        try (Producer<byte[], byte[]> producer = clients.bytesProducer(Map.of())) {
            Clients.sendAll(producer, records);
        }
        try (Consumer<byte[], byte[]> consumer = clients.bytesConsumer(Map.of())) {
            List<ConsumerRecord<byte[], byte[]>> read = clients.readAll(consumer, topic);
            assertThat(read).hasSize(9);
            for (int i = 0; i < 9; i++) {
                assertThat(read.get(i).key()).isEqualTo(records.get(i).key());
                assertThat(read.get(i).value()).isEqualTo(records.get(i).value());
            }
        }
    }

    @Test
    void tombstonesArriveInACompactedTopicWhichRefusesRecordsWithoutKey() {
        String topic = clients.topic("compacted", 1, Map.of("cleanup.policy", "compact"));
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            Clients.sendAll(
                    producer, List.of(new ProducerRecord<>(topic, "k", "v"), new ProducerRecord<>(topic, "k", null)));
            assertThat(Clients.errorOf(producer.send(new ProducerRecord<>(topic, null, "without a key"))))
                    .isInstanceOf(org.apache.kafka.common.InvalidRecordException.class);
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            List<ConsumerRecord<String, String>> read = clients.readAll(consumer, topic);
            assertThat(read.get(read.size() - 1).value()).isNull();
            assertThat(read.get(read.size() - 1).key()).isEqualTo("k");
        }
    }

    @Test
    void aRecordJustUnderTheLimitPassesAndOneAboveIsRefused() {
        String topic = clients.topic("large", 1, Map.of("max.message.bytes", "2000000"));
        byte[] under = new byte[2_000_000 - 100];
        new Random(SEED).nextBytes(under);
        Map<String, Object> settings = Map.of("max.request.size", 10_000_000, "batch.size", 0);
        try (Producer<byte[], byte[]> producer = clients.bytesProducer(settings)) {
            Clients.sendAll(producer, List.of(new ProducerRecord<>(topic, under)));
            assertThat(Clients.errorOf(producer.send(new ProducerRecord<>(topic, new byte[2_000_001]))))
                    .isInstanceOf(RecordTooLargeException.class);
            Clients.sendAll(producer, List.of(new ProducerRecord<>(topic, new byte[] {1})));
        }
        // The consumer asks for far less at a time: at least one batch comes, however large.
        try (Consumer<byte[], byte[]> consumer =
                clients.bytesConsumer(Map.of("max.partition.fetch.bytes", 1000, "fetch.max.bytes", 1000))) {
            List<ConsumerRecord<byte[], byte[]>> read = clients.readAll(consumer, topic);
            assertThat(read).hasSize(2);
            assertThat(read.get(0).value()).isEqualTo(under);
            assertThat(read.get(1).offset()).isEqualTo(1);
        }
    }

    @Test
    void timestampsOfTheProducerAreKeptAndLeadToOffsets() {
        String topic = clients.topic("times", 2);
        long start = System.currentTimeMillis() - 3_600_000;
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) records.add(new ProducerRecord<>(topic, 0, start + i * 1000L, "k", "v" + i));
        records.add(new ProducerRecord<>(topic, 0, start + 50_500, "k", "late"));
        try (Producer<String, String> producer = clients.producer(Map.of("linger.ms", 5, "batch.size", 500))) {
            Clients.sendAll(producer, records);
        }
        TopicPartition filled = new TopicPartition(topic, 0);
        TopicPartition empty = new TopicPartition(topic, 1);
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            assertThat(clients.readAll(consumer, topic))
                    .allMatch(record -> record.timestampType() == TimestampType.CREATE_TIME)
                    .extracting(ConsumerRecord::timestamp)
                    .startsWith(start, start + 1000)
                    .endsWith(start + 99_000, start + 50_500);
            assertThat(offsetAt(consumer, filled, start - 5)).isEqualTo(0);
            assertThat(offsetAt(consumer, filled, start + 42_000)).isEqualTo(42);
            assertThat(offsetAt(consumer, filled, start + 42_001)).isEqualTo(43);
            assertThat(offsetAt(consumer, filled, start + 99_001)).isEqualTo(-1);
            assertThat(offsetAt(consumer, empty, start)).isEqualTo(-1);

            consumer.assign(List.of(filled));
            consumer.seek(filled, offsetAt(consumer, filled, start + 98_500));
            assertThat(Clients.poll(consumer, 2))
                    .extracting(ConsumerRecord::value)
                    .containsExactly("v99", "late");
        }
        try (Admin admin = clients.admin()) {
            ListOffsetsResultInfo max = Clients.get(
                    admin.listOffsets(Map.of(filled, OffsetSpec.maxTimestamp())).partitionResult(filled));
            assertThat(max.offset()).isEqualTo(99);
            assertThat(max.timestamp()).isEqualTo(start + 99_000);
            ListOffsetsResultInfo none = Clients.get(
                    admin.listOffsets(Map.of(empty, OffsetSpec.maxTimestamp())).partitionResult(empty));
            assertThat(none.offset()).isEqualTo(-1);
        }
    }

    private static long offsetAt(Consumer<?, ?> consumer, TopicPartition partition, long timestamp) {
        OffsetAndTimestamp found =
                consumer.offsetsForTimes(Map.of(partition, timestamp)).get(partition);
        return found == null ? -1 : found.offset();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4"})
    void theServersClockCountsWhereTheTopicSaysSo(String codec) {
        String topic = clients.topic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        try (Producer<String, String> producer = clients.producer(Map.of("compression.type", codec))) {
            List<RecordMetadata> sent =
                    Clients.sendAll(producer, List.of(new ProducerRecord<>(topic, 0, 17L, "k", "v")));
            assertThat(sent.get(0).timestamp()).isGreaterThanOrEqualTo(before);
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            ConsumerRecord<String, String> read =
                    clients.readAll(consumer, topic).get(0);
            assertThat(read.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
            assertThat(read.timestamp()).isBetween(before, System.currentTimeMillis());
        }
    }

    @Test
    void aTopicThatNobodyMadeAppearsWithTheFirstRecord() {
        String topic = Clients.unique("made-by-use");
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            Clients.sendAll(producer, Clients.numbers(topic, 0, 3, 1));
        }
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            assertThat(clients.readAll(consumer, topic)).hasSize(3);
        }
    }

    @Test
    void aConsumerGoesToTheBeginningTheEndAndAnyOffset() {
        String topic = clients.topic("seek", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Producer<String, String> producer = clients.producer(Map.of("batch.size", 300))) {
            Clients.sendAll(producer, Clients.numbers(topic, 0, 200, 1));
            try (Consumer<String, String> consumer = clients.consumer(Map.of("max.poll.records", 1))) {
                consumer.assign(List.of(partition));
                for (long offset : new long[] {150, 0, 199, 77, 78, 3}) {
                    consumer.seek(partition, offset);
                    assertThat(Clients.poll(consumer, 1).get(0).offset()).isEqualTo(offset);
                }
                consumer.seekToEnd(List.of(partition));
                assertThat(consumer.position(partition)).isEqualTo(200);
                Clients.sendAll(producer, Clients.numbers(topic, 200, 201, 1));
                assertThat(Clients.poll(consumer, 1).get(0).value()).isEqualTo("200");
                consumer.seek(partition, 5000);
                assertThat(Clients.poll(consumer, 1).get(0).offset())
                        .as("reset to the earliest")
                        .isEqualTo(0);
            }
        }
    }
}
