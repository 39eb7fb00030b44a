package dwal.server.simulation;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/**
 * A client that reads one partition from its start, from whom it takes for the leader in the newest epoch that it has heard
 * of, with Kafka's own Fetch requests; what it gets is judged by {@link Reads}.
 */
final class SimulatedConsumer {
    private static final int TIMEOUT_MS = 1_000;
    private static final int MAX_WAIT_MS = 200;

    private final SimulatedCluster cluster;
    private final Random random;
    private final Reads reads;
    private final int partition;
    private final int mostPauseMs;
    private long position;
    private int lastEpoch = -1;
    private int leader = 1;
    private int leaderEpoch = -1;
    private long attempt;

    SimulatedConsumer(SimulatedCluster cluster, Random random, Reads reads, int partition) {
        this.cluster = cluster;
        this.random = random;
        this.reads = reads;
        this.partition = partition;
        this.mostPauseMs = 5 + random.nextInt(200);
    }

    int partition() {
        return partition;
    }

    /** The offset that it reads next. */
    long position() {
        return position;
    }

    /** Reads on, and goes on doing so. */
    void next() {
        attempt++;
        if (leaderEpoch < 0 || random.nextInt(5) == 0) {
            lookForLeader();
        }
        if (random.nextInt(8) == 0) {
            ask(ApiKeys.LIST_OFFSETS, whereItEnds(), this::takeEnd);
        } else {
            ask(ApiKeys.FETCH, fetch(), this::takeRecords);
        }
    }

    private void lookForLeader() {
        Integer now = cluster.controller().leaderOf(SimulatedCluster.TOPIC, partition);
        if (now != null) {
            leader = now;
            leaderEpoch = cluster.epochOf(partition);
        }
    }

    private interface Take {
        void answer(ApiMessage body);
    }

    private void ask(ApiKeys api, ApiMessage request, Take take) {
        long mine = attempt;
        int target = leader;
        short version = api.latestVersion();
        ByteBuffer bytes = SimulatedPeers.encode(request, version);
        cluster.network()
                .send(
                        SimulatedCluster.CLIENTS,
                        target,
                        () -> cluster.node(target)
                                .receive(
                                        api,
                                        version,
                                        bytes.duplicate(),
                                        said -> cluster.network().send(target, SimulatedCluster.CLIENTS, () -> {
                                            if (mine == attempt) {
                                                take.answer(decode(api, version, said.duplicate()));
                                                goOn();
                                            }
                                        })));
        cluster.time().after(TIMEOUT_MS, () -> {
            if (mine == attempt) {
                leaderEpoch = -1;
                next();
            }
        });
    }

    private static ApiMessage decode(ApiKeys api, short version, ByteBuffer bytes) {
        ApiMessage body = api == ApiKeys.FETCH ? new FetchResponseData() : new ListOffsetsResponseData();
        body.read(new ByteBufferAccessor(bytes), version);
        return body;
    }

    private void goOn() {
        attempt++;
        cluster.time().after(random.nextInt(mostPauseMs), this::next);
    }

    private FetchRequestData fetch() {
        return new FetchRequestData()
                .setMaxWaitMs(MAX_WAIT_MS)
                .setMinBytes(1)
                .setMaxBytes(100 + random.nextInt(5_000))
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH)
                .setTopics(List.of(new FetchTopic()
                        .setTopicId(SimulatedCluster.TOPIC)
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(partition)
                                .setCurrentLeaderEpoch(leaderEpoch)
                                .setFetchOffset(position)
                                .setLastFetchedEpoch(random.nextBoolean() ? lastEpoch : -1)
                                .setPartitionMaxBytes(100 + random.nextInt(2_000))))));
    }

    private void takeRecords(ApiMessage body) {
        for (var topic : ((FetchResponseData) body).responses()) {
            for (PartitionData said : topic.partitions()) {
                takeRecords(said);
            }
        }
    }

    private void takeRecords(PartitionData said) {
        Errors error = Errors.forCode(said.errorCode());
        if (error != Errors.NONE) {
            reads.refused(leader, partition, position, error);
            leaderEpoch = -1;
            return;
        }
        reads.told(leader, partition, position, said);
        if (said.records() instanceof MemoryRecords records && Contents.isWhole(records)) {
            for (RecordBatch batch : records.batches()) {
                if (!batch.isValid()) {
                    return; // it lay damaged on the leader's disk; a client notices that, and asks again
                }
                for (Record record : batch) {
                    if (record.offset() >= position) {
                        reads.read(partition, position, record, batch);
                        position = record.offset() + 1;
                        lastEpoch = batch.partitionLeaderEpoch();
                    }
                }
            }
        }
    }

    private ListOffsetsRequestData whereItEnds() {
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(SimulatedCluster.TOPIC_NAME)
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setPartitionIndex(partition)
                                .setCurrentLeaderEpoch(leaderEpoch)
                                .setTimestamp(ListOffsetsRequest.LATEST_TIMESTAMP)))));
    }

    private void takeEnd(ApiMessage body) {
        for (var topic : ((ListOffsetsResponseData) body).topics()) {
            for (ListOffsetsPartitionResponse said : topic.partitions()) {
                if (said.errorCode() == Errors.NONE.code()) {
                    reads.end(leader, partition, position, said.offset());
                } else {
                    leaderEpoch = -1;
                }
            }
        }
    }
}
