package dwal.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.FetchRequest;
import org.jspecify.annotations.Nullable;

/** R2: fetch over plain sockets: a connection per partition, up to 1 MiB an answer, stored data over and over, not looked at. */
final class RawFetchWorkload implements Workload {
    /** The last version that names topics by name. */
    private static final short VERSION = 12;

    private static final int ANSWER_BYTES = 1 << 20;

    private final Workbench bench;

    RawFetchWorkload(Workbench bench) {
        this.bench = bench;
    }

    @Override
    public void run(Target target, int round, double seconds) throws Exception {
        String topic = bench.storedData(target);
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            RawLoad load = new RawLoad(cluster, topic);
            AtomicLong records = new AtomicLong();
            Measurement measurement = bench.measureReading("R2", target, round);
            load.run(
                    measurement.nanosAt(seconds),
                    (connection, partition, endNs, latency) ->
                            fetch(connection, new TopicPlace(topic, partition), endNs, latency, records));
            measurement.stop();
            measurement.end(records.get(), records.get() * bench.kib().valueBytes(), load.latency());
        }
    }

    private record TopicPlace(String topic, int partition) {}

    private static void fetch(
            RawConnection connection, TopicPlace place, long endNs, Histogram latency, AtomicLong records)
            throws IOException {
        long offset = 0;
        while (System.nanoTime() < endNs) {
            byte[] request = request(place, offset);
            long before = System.nanoTime();
            connection.send(request);
            ByteBuffer answer = connection.read(ApiKeys.FETCH, VERSION);
            latency.recordValue(System.nanoTime() - before);
            long next = nextOffset(answer, offset);
            records.addAndGet(next - offset);
            offset = next == offset ? 0 : next; // at the end: from the beginning again
        }
    }

    private static byte[] request(TopicPlace place, long offset) {
        FetchPartition partition = new FetchPartition()
                .setPartition(place.partition())
                .setCurrentLeaderEpoch(-1)
                .setFetchOffset(offset)
                .setLastFetchedEpoch(-1)
                .setLogStartOffset(-1)
                .setPartitionMaxBytes(ANSWER_BYTES);
        FetchRequestData data = new FetchRequestData()
                .setReplicaState(new ReplicaState())
                .setReplicaId(-1)
                .setMaxWaitMs(0)
                .setMinBytes(1)
                .setMaxBytes(ANSWER_BYTES)
                .setIsolationLevel((byte) 0)
                .setSessionId(0)
                .setSessionEpoch(-1)
                .setRackId("")
                .setTopics(List.of(new FetchTopic().setTopic(place.topic()).setPartitions(List.of(partition))));
        return RawConnection.frame(ApiKeys.FETCH, VERSION, new FetchRequest(data, VERSION));
    }

    private static long nextOffset(@Nullable ByteBuffer answer, long offset) throws IOException {
        if (answer == null) {
            throw new EOFException("fetch: the server closed the connection");
        }
        PartitionData partition = new FetchResponseData(new ByteBufferAccessor(answer), VERSION)
                .responses()
                .get(0)
                .partitions()
                .get(0);
        if (partition.errorCode() != 0) {
            throw new IOException("fetch: " + Errors.forCode(partition.errorCode()));
        }
        long next = offset;
        for (RecordBatch batch : ((Records) partition.records()).batches()) {
            next = batch.nextOffset();
        }
        return next;
    }
}
