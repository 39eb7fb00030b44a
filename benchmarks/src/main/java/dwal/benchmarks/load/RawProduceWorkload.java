package dwal.benchmarks.load;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;

/** R1: produce over plain sockets: a connection per partition, one 64 KiB batch a request, 5 in flight, acks=all. */
final class RawProduceWorkload implements Workload {
    /** The last version that names topics by name. */
    static final short VERSION = 11;

    private static final int BATCH_RECORDS = 64;

    private final Workbench bench;

    RawProduceWorkload(Workbench bench) {
        this.bench = bench;
    }

    @Override
    public void run(Target target, int round, double seconds) throws Exception {
        String topic = Workbench.freshTopic("r1", round);
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            cluster.create(topic, Workloads.PARTITIONS);
            RawLoad load = new RawLoad(cluster, topic);
            AtomicLong batches = new AtomicLong();
            Measurement measurement = bench.measure("R1", target, round);
            load.run(
                    measurement.nanosAt(seconds),
                    (connection, partition, endNs, latency) ->
                            batches.addAndGet(produce(connection, request(topic, partition), endNs, latency)));
            measurement.stop();
            long records = batches.get() * BATCH_RECORDS;
            long there = cluster.readable(topic, Workloads.PARTITIONS);
            if (there != records) {
                throw new IllegalStateException("sent " + records + ", there " + there);
            }
            measurement.end(records, records * bench.kib().valueBytes(), load.latency());
            Workbench.discard(target, cluster, topic);
        }
    }

    private static long produce(RawConnection connection, byte[] request, long endNs, Histogram latency)
            throws Exception {
        RawPipeline pipeline = new RawPipeline(connection, latency);
        pipeline.startReading();
        while (System.nanoTime() < endNs && pipeline.awaitRoom()) {
            pipeline.send(request);
        }
        return pipeline.finish();
    }

    private byte[] request(String topic, int partition) {
        SimpleRecord[] records = new SimpleRecord[BATCH_RECORDS];
        for (int i = 0; i < BATCH_RECORDS; i++) {
            records[i] =
                    new SimpleRecord(System.currentTimeMillis(), bench.kib().value(i));
        }
        PartitionProduceData batch = new PartitionProduceData()
                .setIndex(partition)
                .setRecords(MemoryRecords.withRecords(Compression.NONE, records));
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000);
        data.topicData().add(new TopicProduceData().setName(topic).setPartitionData(List.of(batch)));
        return RawConnection.frame(ApiKeys.PRODUCE, VERSION, new ProduceRequest(data, VERSION));
    }
}
