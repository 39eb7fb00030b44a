package dwal.server.simulation;

import dwal.protocol.Handler;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.protocol.batch.BatchView;
import dwal.replication.Partitions;
import dwal.server.fetch.FetchHandler;
import dwal.server.fetch.FetchSessions;
import dwal.server.handler.ListOffsetsHandler;
import dwal.server.quota.ClientQuotas;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Answers, in one run of a node, what followers and consumers ask, with the server's own handlers. */
final class PeerRequests {
    private static final int MAX_BYTES = 1 << 20;

    private final SimulatedCluster cluster;
    private final NodeLife life;
    private final Handler<FetchRequestData> fetches;
    private final ListOffsetsHandler offsets;
    private final LoopbackConnection connection;

    PeerRequests(SimulatedCluster cluster, NodeLife life, Partitions partitions, long sessionSeed) {
        this.cluster = cluster;
        this.life = life;
        this.connection = new LoopbackConnection("simulated", "PLAINTEXT", life);
        var sessions = new FetchSessions(10, 1 << 20, 1_000, life, new SplittableRandom(sessionSeed));
        fetches = new FetchHandler(
                partitions,
                sessions,
                cluster.controller()::image,
                MAX_BYTES,
                null,
                ClientQuotas.none().fetch());
        offsets = new ListOffsetsHandler(partitions, cluster.controller()::image, life::onDisk);
    }

    /** Answers the request in {@code bytes}, at some time; a process that is dead by then does not. */
    void serve(ApiKeys api, short version, ByteBuffer bytes, Consumer<ByteBuffer> answer) {
        ApiMessage request = ApiMessageType.fromApiKey(api.id).newRequest();
        request.read(new ByteBufferAccessor(bytes), version);
        var context = new RequestContext(api, version, 0, "peer", connection);
        var stage = request instanceof FetchRequestData fetch
                ? fetches.handle(context, bent(fetch))
                : offsets.handle(context, (ListOffsetsRequestData) request);
        stage.whenComplete((body, failure) -> {
            if (failure != null) {
                cluster.fail("A handler failed", failure);
            } else if (life.isAlive()) {
                ApiMessage said = body instanceof FetchResponseData fetched ? inMemory(fetched) : body;
                answer.accept(SimulatedPeers.encode(said, version));
            }
        });
    }

    private FetchRequestData bent(FetchRequestData request) {
        if (cluster.has(Bug.TRUNCATE_TO_HIGH_WATERMARK)) {
            for (FetchTopic topic : request.topics()) {
                for (FetchPartition partition : topic.partitions()) {
                    partition.setLastFetchedEpoch(-1);
                }
            }
        }
        return request;
    }

    private FetchResponseData inMemory(FetchResponseData said) {
        for (FetchableTopicResponse topic : said.responses()) {
            for (PartitionData partition : topic.partitions()) {
                if (partition.records() instanceof RecordsSlice slice) {
                    MemoryRecords records = Contents.bytesOf(slice);
                    if (cluster.has(Bug.CHECKSUMS_IGNORED)) {
                        makeValid(records);
                    }
                    partition.setRecords(records);
                }
            }
        }
        return said;
    }

    private static void makeValid(MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        var batch = new BatchView();
        var crc = new CRC32C();
        for (int at = bytes.position(); bytes.limit() - at >= BatchView.HEADER_BYTES; at = batch.end()) {
            batch.over(bytes, at);
            if (batch.end() > bytes.limit()) {
                return;
            }
            bytes.putInt(at + BatchView.CHECKSUM_COVERS_FROM - Integer.BYTES, batch.computeCrc(crc));
        }
    }
}
