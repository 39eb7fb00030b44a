package dwal.compat.traffic;

import dwal.compat.judge.History;
import dwal.compat.judge.History.Reader;
import dwal.compat.judge.History.Value;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;

/**
 * A member of a group, in a thread of its own: reads what it is assigned, commits what it has read, and writes down both, and
 * from where it began with each partition.
 */
final class Member extends Thread implements ConsumerRebalanceListener {

    /** Told of each commit that was acknowledged, in the member's thread. */
    interface Acknowledgement {
        void of(long beganNanos);
    }

    private final String group;
    private final Consumer<String, String> consumer;
    private final String topic;
    private final History history;
    private final Acknowledgement acknowledgement;
    private final AtomicBoolean going = new AtomicBoolean(true);
    private final Map<Integer, Reader> readers = new HashMap<>();
    private int assignments;

    Member(
            String group,
            int id,
            Consumer<String, String> consumer,
            String topic,
            History history,
            Acknowledgement acknowledgement) {
        super(group + "-" + id);
        this.group = group;
        this.consumer = consumer;
        this.topic = topic;
        this.history = history;
        this.acknowledgement = acknowledgement;
    }

    @Override
    public void run() {
        consumer.subscribe(List.of(topic), this);
        while (going.get()) {
            try {
                read();
            } catch (RebalanceInProgressException e) {
                // Not committed, as every consumer must expect; the next poll goes on with the rebalance.
            } catch (KafkaException e) {
                history.error(getName(), e);
            }
        }
        consumer.close();
    }

    private void read() {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
        if (records.isEmpty()) return;
        Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            // An assignment whose start could not be learned, for the coordinator was gone, begins where it does.
            Reader reader = readers.computeIfAbsent(record.partition(), absent -> reader());
            history.seen(reader, record.partition(), record.offset(), Value.parse(record.value()));
            read.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        int since = history.groupEvents();
        long began = System.nanoTime();
        consumer.commitSync(read);
        read.forEach((partition, offset) -> history.committed(group, partition.partition(), offset.offset(), since));
        acknowledgement.of(began);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        assignments++;
        for (TopicPartition partition : partitions) {
            int since = history.groupEvents();
            long position = consumer.position(partition);
            Reader reader = reader();
            readers.put(partition.partition(), reader);
            history.starts(reader, partition.partition(), position);
            history.told(group, partition.partition(), position, since);
        }
    }

    private Reader reader() {
        return new Reader(group, getName() + ", assignment " + assignments);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> readers.remove(partition.partition()));
    }

    void finish() throws InterruptedException {
        going.set(false);
        join();
    }
}
