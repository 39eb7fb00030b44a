package dwal.compat.crash;

import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** A producer that sends without pause, in a thread of its own, and writes down what it is told; it never has many records under way. */
public final class Writer extends Thread {
    private static final int UNDER_WAY = 200;
    private final int id;
    private final Producer<String, String> producer;
    private final String topic;
    private final int partitions;
    private final History history;
    private final Semaphore underWay = new Semaphore(UNDER_WAY);
    private final AtomicBoolean going = new AtomicBoolean(true);

    public Writer(int id, Producer<String, String> producer, String topic, int partitions, History history) {
        super("writer-" + id);
        this.id = id;
        this.producer = producer;
        this.topic = topic;
        this.partitions = partitions;
        this.history = history;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the callback says it all
    public void run() {
        for (long i = 0; going.get(); i++) {
            Value value = new Value(id, (int) (i % partitions), i / partitions);
            underWay.acquireUninterruptibly();
            producer.send(
                    new ProducerRecord<>(topic, value.partition(), null, value.toString()),
                    (where, error) -> told(value, where, error));
        }
        producer.close();
    }

    private void told(Value value, RecordMetadata where, @Nullable Exception error) {
        underWay.release();
        if (error == null) history.acknowledged(value, where.offset());
        else history.indefinite(value);
    }

    /** Sends no more, and waits until all that is under way has been answered. */
    public void finish() throws InterruptedException {
        going.set(false);
        join();
    }
}
