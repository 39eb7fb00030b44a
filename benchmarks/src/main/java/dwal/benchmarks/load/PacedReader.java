package dwal.benchmarks.load;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** The reading side of W5: a thread of its own, whose histogram others look at when it has ended. */
final class PacedReader {
    private final String bootstrap;
    private final String topic;
    private final PacedWorkload.Pace pace;
    private final Histogram latency = Measurement.histogram();
    private final CountDownLatch ready = new CountDownLatch(1);

    PacedReader(String bootstrap, String topic, PacedWorkload.Pace pace) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.pace = pace;
    }

    /** Reads until all records have come, or something failed. */
    void run(FirstFailure failure) {
        Map<String, Object> config = Map.of("group.id", topic, "enable.auto.commit", false);
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(bootstrap, config)) {
            settle(consumer);
            ready.countDown();
            StalledRead stalled = new StalledRead();
            long got = 0;
            while (got < pace.records() && !failure.isThere()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(500));
                long now = System.nanoTime();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    ByteBuffer value = ByteBuffer.wrap(record.value());
                    long due = value.getLong();
                    if (pace.counts(value.getLong())) {
                        latency.recordValue(Math.max(0, now - due));
                    }
                }
                got += records.count();
                stalled.polled(records.count(), got);
            }
        } finally {
            ready.countDown();
        }
    }

    /** Until the consumer stands at the beginning of each partition and is connected. */
    private void settle(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = ConsumeWorkload.partitions(topic);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        consumer.poll(Duration.ofMillis(200));
        partitions.forEach(consumer::position);
    }

    void awaitReady() throws InterruptedException {
        ready.await();
    }

    Histogram latency() {
        return latency;
    }
}
