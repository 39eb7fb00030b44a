package dwal.compat.crash;

import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads all partitions over all kills, and writes down what it saw. */
public final class Watcher extends Thread {
    private final Consumer<String, String> consumer;
    private final String topic;
    private final int partitionCount;
    private final History history;
    private final AtomicBoolean going = new AtomicBoolean(true);

    public Watcher(Consumer<String, String> consumer, String topic, int partitions, History history) {
        super("watcher");
        this.consumer = consumer;
        this.topic = topic;
        this.partitionCount = partitions;
        this.history = history;
    }

    @Override
    public void run() {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < partitionCount; partition++)
            partitions.add(new TopicPartition(topic, partition));
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        while (going.get()) {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                history.seen(record.partition(), record.offset(), Value.parse(record.value()));
            }
        }
        consumer.close();
    }

    public void finish() throws InterruptedException {
        going.set(false);
        join();
    }
}
