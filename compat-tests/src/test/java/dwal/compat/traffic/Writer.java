package dwal.compat.traffic;

import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A producer that sends to all partitions in turn, in a thread of its own, and writes down what it is told. It never has many
 * records under way, and leaves time to the others: what is to be seen is order and presence, not speed.
 */
public final class Writer extends Thread {
    /** A producer's defaults are idempotent, acks=all, and retries until delivery.timeout.ms; here with many small batches. */
    static final Map<String, Object> SETTINGS = Map.of("linger.ms", 1, "batch.size", 2000);

    /** Told of each record that was acknowledged, in the producer's thread. */
    interface Acknowledgement {
        void of(int partition, long sentNanos);
    }

    private static final int UNDER_WAY = 200;
    private static final Duration PAUSE = Duration.ofNanos(300_000);

    private final int id;
    private final Producer<String, String> producer;
    private final String topic;
    private final int partitions;
    private final History history;
    private final Acknowledgement acknowledgement;
    private final Semaphore underWay = new Semaphore(UNDER_WAY);
    private final AtomicBoolean going = new AtomicBoolean(true);

    public Writer(int id, Producer<String, String> producer, String topic, int partitions, History history) {
        this(id, producer, topic, partitions, history, (partition, sentNanos) -> {});
    }

    Writer(
            int id,
            Producer<String, String> producer,
            String topic,
            int partitions,
            History history,
            Acknowledgement acknowledgement) {
        super("writer-" + id);
        this.id = id;
        this.producer = producer;
        this.topic = topic;
        this.partitions = partitions;
        this.history = history;
        this.acknowledgement = acknowledgement;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the callback says it all
    public void run() {
        for (long i = 0; going.get(); i++) {
            Value value = new Value(id, (int) (i % partitions), i / partitions);
            underWay.acquireUninterruptibly();
            if (!going.get()) break;
            long sent = System.nanoTime();
            producer.send(
                    new ProducerRecord<>(topic, value.partition(), null, value.toString()),
                    (where, error) -> told(value, sent, where, error));
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        producer.close();
    }

    private void told(Value value, long sent, RecordMetadata where, @Nullable Exception error) {
        underWay.release();
        if (error == null) {
            history.acknowledged(value, where.offset());
            acknowledgement.of(value.partition(), sent);
        } else {
            history.indefinite(value);
            history.error(getName(), error);
        }
    }

    /** Sends no more, and gives up what is under way. */
    void abort() {
        going.set(false);
        producer.close(Duration.ZERO);
    }

    /** Sends no more, and waits until all that is under way has been answered. */
    public void finish() throws InterruptedException {
        going.set(false);
        join();
    }
}
