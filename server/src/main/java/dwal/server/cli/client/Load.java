package dwal.server.cli.client;

import dwal.environment.Clock;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Writes as much as is taken, and reads it again. One thread; acknowledgements come on the producer's. */
final class Load {
    private static final int PAYLOADS = 64;
    private static final long SEED = 1;
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final Duration POLL = Duration.ofMillis(200);

    private final ProgressLine progress;
    private final BooleanSupplier interrupted;
    private final Clock clock = Clock.system();

    Load(ProgressLine progress, BooleanSupplier interrupted) {
        this.progress = progress;
        this.interrupted = interrupted;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told the same
    Throughput write(Producer<byte[], byte[]> producer, String topic, int size, int seconds, @Nullable Integer rate) {
        byte[][] payloads = payloads(size);
        var latencies = new Histogram(LONGEST_NANOS, 3);
        var acknowledged = new AtomicLong();
        var failure = new AtomicReference<@Nullable Exception>();
        producer.partitionsFor(topic);
        long start = clock.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(seconds);
        long sent = 0;
        for (long now = start;
                now < end && !interrupted.getAsBoolean() && failure.get() == null;
                now = clock.nanoTime()) {
            if (rate != null && sent >= (now - start) / 1e9 * rate) {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
                continue;
            }
            long handedOver = now;
            byte[] payload = payloads[(int) (sent % PAYLOADS)];
            producer.send(new ProducerRecord<>(topic, payload), (where, failed) -> {
                if (failed == null) {
                    acknowledged.incrementAndGet();
                    latencies.recordValue(Math.min(LONGEST_NANOS, clock.nanoTime() - handedOver));
                } else {
                    failure.compareAndSet(null, failed);
                }
            });
            sent++;
            progress.at("write", now - start, acknowledged.get(), acknowledged.get() * size);
        }
        producer.flush();
        Exception failed = failure.get();
        if (failed != null) {
            throw RequestFailure.of("Writing", failed);
        }
        long records = acknowledged.get();
        return new Throughput(records, records * size, clock.nanoTime() - start, latencies);
    }

    Throughput read(Consumer<byte[], byte[]> consumer, String topic, int partitions) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(each -> new TopicPartition(topic, each))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        long wanted = consumer.endOffsets(all).values().stream()
                .mapToLong(Long::longValue)
                .sum();
        long records = 0;
        long bytes = 0;
        long start = clock.nanoTime();
        long last = start;
        while (records < wanted && !interrupted.getAsBoolean()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                records++;
                bytes += Math.max(0, record.serializedValueSize());
                last = clock.nanoTime();
            }
            progress.at("read", clock.nanoTime() - start, records, bytes);
            if (clock.nanoTime() - last > IDLE_NANOS) {
                throw new RequestFailure("Reading: nothing more has come for 20 s after " + records + " of " + wanted
                        + " records; 'bin/dwal doctor' looks for the reason");
            }
        }
        return new Throughput(records, bytes, Math.max(1, last - start), null);
    }

    /** Letters, as text has them; a codec halves them. The same each time. */
    private static byte[][] payloads(int size) {
        var random = new SplittableRandom(SEED);
        byte[][] payloads = new byte[PAYLOADS][size];
        for (byte[] payload : payloads) {
            for (int i = 0; i < size; i++) {
                payload[i] = (byte) ('a' + random.nextInt(16));
            }
        }
        return payloads;
    }
}
