package dwal.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Produce requests on one connection, a few in flight: the maker's thread sends, a thread of the pipeline reads the
 * answers, which come in the order of the requests.
 */
final class RawPipeline {
    private static final int IN_FLIGHT = 5;
    private static final int CLOSE_MS = 5_000;

    private final RawConnection connection;
    private final Histogram latency;
    private final Semaphore room = new Semaphore(IN_FLIGHT);
    private final Queue<Long> sentNs = new ArrayDeque<>();
    private final FirstFailure failure = new FirstFailure();
    private final Thread reader = new Thread(this::readAll);
    private volatile boolean allAnswered;
    private long answers;

    /** {@code latency} is the reader's until {@link #finish} has returned. */
    RawPipeline(RawConnection connection, Histogram latency) {
        this.connection = connection;
        this.latency = latency;
    }

    void startReading() {
        reader.start();
    }

    /** Waits until another request may go out; false if something failed. */
    boolean awaitRoom() throws InterruptedException {
        room.acquire();
        return !failure.isThere();
    }

    void send(byte[] request) throws IOException {
        synchronized (sentNs) {
            sentNs.add(System.nanoTime());
        }
        connection.send(request);
    }

    /** Waits for the answers that are due; gives how many there were in all. */
    long finish() throws Exception {
        if (!failure.isThere()) {
            room.acquire(IN_FLIGHT); // that is: all are answered
        }
        allAnswered = true;
        connection.endSending();
        reader.join(CLOSE_MS);
        failure.rethrow();
        return answers;
    }

    private void readAll() {
        try {
            for (ByteBuffer answer = read(); answer != null; answer = read()) {
                check(new ProduceResponseData(new ByteBufferAccessor(answer), RawProduceWorkload.VERSION));
                synchronized (sentNs) {
                    latency.recordValue(System.nanoTime() - sentNs.remove());
                }
                answers++;
                room.release();
            }
            if (!allAnswered) {
                throw new EOFException("produce: the server closed the connection");
            }
        } catch (IOException | RuntimeException e) {
            failure.note(e);
            room.release(IN_FLIGHT);
        }
    }

    private @Nullable ByteBuffer read() throws IOException {
        return connection.read(ApiKeys.PRODUCE, RawProduceWorkload.VERSION);
    }

    private static void check(ProduceResponseData answer) throws IOException {
        short error =
                answer.responses().iterator().next().partitionResponses().get(0).errorCode();
        if (error != 0) {
            throw new IOException("produce: " + Errors.forCode(error));
        }
    }
}
