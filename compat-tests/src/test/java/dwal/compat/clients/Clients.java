package dwal.compat.clients;

import dwal.compat.server.Await;
import dwal.compat.server.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of one server, and the few steps that every suite takes with them. */
public final class Clients {
    private static final Duration POLL = Duration.ofMillis(200);
    private final String bootstrap;

    public Clients(Server server) {
        this.bootstrap = server.bootstrap();
    }

    /** Clients of a cluster that is found at {@code bootstrap}. */
    public Clients(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /** A name that no other test uses. */
    public static String unique(String what) {
        return what + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    public Admin admin() {
        return admin(Map.of());
    }

    public Admin admin(Map<String, Object> settings) {
        return Admin.create(with(settings));
    }

    public Producer<String, String> producer(Map<String, Object> settings) {
        return new KafkaProducer<>(with(settings), new StringSerializer(), new StringSerializer());
    }

    public Producer<byte[], byte[]> bytesProducer(Map<String, Object> settings) {
        return new KafkaProducer<>(with(settings), new ByteArraySerializer(), new ByteArraySerializer());
    }

    public Consumer<String, String> consumer(Map<String, Object> settings) {
        return new KafkaConsumer<>(withReset(settings), new StringDeserializer(), new StringDeserializer());
    }

    public Consumer<byte[], byte[]> bytesConsumer(Map<String, Object> settings) {
        return new KafkaConsumer<>(withReset(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> with(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", bootstrap);
        return all;
    }

    private Map<String, Object> withReset(Map<String, Object> settings) {
        Map<String, Object> all = with(settings);
        all.putIfAbsent("auto.offset.reset", "earliest");
        // A consumer that is closed waits for the answer to its last fetch: with Kafka's default, half a second.
        all.putIfAbsent("fetch.max.wait.ms", 100);
        return all;
    }

    public String topic(String what, int partitions, Map<String, String> configs) {
        String topic = unique(what);
        try (Admin admin = admin()) {
            get(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs)))
                    .all());
        }
        return topic;
    }

    public String topic(String what, int partitions) {
        return topic(what, partitions, Map.of());
    }

    /** Sends them all, and waits until each is acknowledged. */
    public static <K, V> List<RecordMetadata> sendAll(
            Producer<K, V> producer, Collection<ProducerRecord<K, V>> records) {
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        records.forEach(record -> answers.add(producer.send(record)));
        producer.flush();
        return answers.stream().map(Clients::get).toList();
    }

    /** The values 0, 1, 2 ... as records, spread over the partitions in turn. */
    public static List<ProducerRecord<String, String>> numbers(String topic, int from, int to, int partitions) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = from; i < to; i++) {
            records.add(new ProducerRecord<>(topic, i % partitions, "key " + i, Integer.toString(i)));
        }
        return records;
    }

    /** All records of a topic from its beginning to its present end, by assignment. */
    public <K, V> List<ConsumerRecord<K, V>> readAll(Consumer<K, V> consumer, String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (PartitionInfo partition : consumer.partitionsFor(topic)) {
            partitions.add(new TopicPartition(topic, partition.partition()));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        List<ConsumerRecord<K, V>> records = new ArrayList<>();
        Await.until("the end of " + topic, () -> {
            consumer.poll(POLL).forEach(records::add);
            return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
        });
        return records;
    }

    /** Polls a subscribed consumer until it has given {@code count} records. */
    public static <K, V> List<ConsumerRecord<K, V>> poll(Consumer<K, V> consumer, int count) {
        List<ConsumerRecord<K, V>> records = new ArrayList<>();
        Await.until(count + " records", () -> {
            consumer.poll(POLL).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    public static <T> T get(Future<T> future) {
        try {
            return future.get(180, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().toString(), e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e.toString(), e);
        }
    }

    /** The error that a request ends with. */
    public static Throwable errorOf(Future<?> future) {
        try {
            Object value = future.get(180, TimeUnit.SECONDS);
            throw new AssertionError("no error, but " + value);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e.toString(), e);
        }
    }
}
