package dwal.compat.traffic;

import dwal.compat.judge.History;
import dwal.compat.judge.History.Reader;
import dwal.compat.judge.History.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Reads all partitions from their beginning, in a thread of its own, and writes down what it saw. */
public final class Watcher extends Thread {
    private static final Reader WATCHER = new Reader("", "watcher");

    private final Consumer<String, String> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final History history;
    private final AtomicBoolean going = new AtomicBoolean(true);

    public Watcher(Consumer<String, String> consumer, String topic, int partitionCount, History history) {
        super("watcher");
        this.consumer = consumer;
        this.history = history;
        for (int partition = 0; partition < partitionCount; partition++)
            partitions.add(new TopicPartition(topic, partition));
    }

    @Override
    public void run() {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        partitions.forEach(partition -> history.starts(WATCHER, partition.partition(), 0));
        while (going.get()) {
            try {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100)))
                    history.seen(WATCHER, record.partition(), record.offset(), Value.parse(record.value()));
            } catch (KafkaException e) {
                history.error(getName(), e);
            }
        }
        consumer.close();
    }

    public void finish() throws InterruptedException {
        going.set(false);
        join();
    }
}
