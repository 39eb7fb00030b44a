package dwal.benchmarks.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** W4: one official consumer reads stored data from the beginning: once uncached, then over and over cached. */
final class ConsumeWorkload implements Workload {
    private final Workbench bench;

    ConsumeWorkload(Workbench bench) {
        this.bench = bench;
    }

    @Override
    public void run(Target target, int round, double seconds) throws Exception {
        String topic = bench.storedData(target);
        Proc.sync();
        if (target.dropCache()) {
            read(new Pass("W4-uncached", 0), topic, target, round);
        }
        read(new Pass("W4-cached", seconds), topic, target, round);
    }

    /** For how long is read: {@code seconds}, over and over; or once to the end, if they are 0. */
    private record Pass(String name, double seconds) {
        boolean isOnce() {
            return seconds == 0;
        }
    }

    private void read(Pass pass, String topic, Target target, int round) throws Exception {
        Map<String, Object> config = Map.of(
                "group.id",
                "bench-" + round + "-" + System.nanoTime(),
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(target.bootstrap(), config)) {
            List<TopicPartition> partitions = partitions(topic);
            consumer.assign(partitions);
            long stored = consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            Measurement measurement = bench.measureReading(pass.name(), target, round);
            long endNs = measurement.nanosAt(pass.seconds());
            Tally tally = new Tally();
            do {
                consumer.seekToBeginning(partitions);
                readOnce(consumer, tally, stored, pass.isOnce() ? Long.MAX_VALUE : endNs);
            } while (!pass.isOnce() && System.nanoTime() < endNs);
            consumer.commitSync();
            measurement.end(tally.records, tally.bytes, Measurement.histogram());
        }
    }

    static List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, Workloads.PARTITIONS)
                .mapToObj(i -> new TopicPartition(topic, i))
                .toList();
    }

    private static final class Tally {
        long records;
        long bytes;
    }

    private static void readOnce(KafkaConsumer<byte[], byte[]> consumer, Tally tally, long stored, long endNs) {
        StalledRead stalled = new StalledRead();
        long got = 0;
        while (got < stored) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(500));
            for (ConsumerRecord<byte[], byte[]> record : records) {
                tally.bytes += record.value().length;
            }
            tally.records += records.count();
            got += records.count();
            stalled.polled(records.count(), got);
            if (endNs != Long.MAX_VALUE && System.nanoTime() >= endNs) {
                break;
            }
        }
    }
}
