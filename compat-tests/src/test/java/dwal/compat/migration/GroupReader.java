package dwal.compat.migration;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** The one member of a group, in a thread of its own: reads, commits what it has read, and keeps both in mind. */
final class GroupReader extends Thread {
    /** A record's place. */
    record Place(int partition, long offset) {}

    private final Consumer<String, String> consumer;
    private final String topic;
    private final Map<Place, String> read = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
    private final AtomicInteger again = new AtomicInteger();
    private final AtomicBoolean going = new AtomicBoolean(true);

    GroupReader(String name, Consumer<String, String> consumer, String topic) {
        super(name);
        this.consumer = consumer;
        this.topic = topic;
    }

    @Override
    public void run() {
        consumer.subscribe(List.of(topic));
        while (going.get()) {
            ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
            for (ConsumerRecord<String, String> record : records) {
                if (read.put(new Place(record.partition(), record.offset()), record.value()) != null)
                    again.incrementAndGet();
                committed.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
            }
            if (!records.isEmpty()) consumer.commitSync();
        }
        consumer.close();
    }

    /** Stops, its last commit being answered. */
    void finish() throws InterruptedException {
        going.set(false);
        join();
    }

    Map<Place, String> read() {
        return read;
    }

    /** By partition, what was committed last. */
    Map<TopicPartition, Long> committed() {
        return committed;
    }

    /** How many records came more than once. */
    int again() {
        return again.get();
    }
}
