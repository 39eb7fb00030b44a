package dwal.server.handler;

import dwal.environment.Clock;
import dwal.log.LogStore;
import dwal.protocol.ApiTable;
import dwal.replication.Partitions;
import dwal.server.fetch.FetchHandler;
import dwal.server.fetch.FetchSessions;
import dwal.server.fetch.PreferredReplicas;
import dwal.server.fetch.ReadAccess;
import dwal.server.quota.ClientQuotas;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.image.MetadataImage;
import org.jspecify.annotations.Nullable;

/**
 * The APIs that read and write partitions.
 *
 * @param blocking runs what may wait for a disk
 * @param longWork runs what takes too long for a network loop, and waits for nothing
 * @param directory where the logs are
 * @param fetchMaxBytes {@code fetch.max.bytes}
 * @param preferred tells consumers where to read; null if all read from leaders
 * @param quotas of bytes that clients may produce and fetch
 * @param access what consumers may read
 * @param clock bounds how often the log tells the same
 */
public record LogApis(
        Partitions partitions,
        LogStore logs,
        FetchSessions sessions,
        Supplier<MetadataImage> metadata,
        Executor blocking,
        Executor longWork,
        Path directory,
        int fetchMaxBytes,
        @Nullable PreferredReplicas preferred,
        ClientQuotas quotas,
        ReadAccess access,
        Clock clock) {

    /** Adds their handlers. */
    public void addTo(ApiTable.Builder table) {
        table.add(
                        ApiKeys.PRODUCE,
                        ProduceRequestData.class,
                        new ProduceHandler(partitions, logs, longWork, metadata, quotas.produce(), clock))
                .add(
                        ApiKeys.FETCH,
                        FetchRequestData.class,
                        new FetchHandler(
                                partitions, sessions, metadata, fetchMaxBytes, preferred, quotas.fetch(), access))
                .add(
                        ApiKeys.LIST_OFFSETS,
                        ListOffsetsRequestData.class,
                        new ListOffsetsHandler(partitions, metadata, blocking))
                .add(
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                        OffsetForLeaderEpochRequestData.class,
                        new OffsetForLeaderEpochHandler(partitions, metadata))
                .add(
                        ApiKeys.DELETE_RECORDS,
                        DeleteRecordsRequestData.class,
                        new DeleteRecordsHandler(partitions, metadata))
                .add(
                        ApiKeys.DESCRIBE_PRODUCERS,
                        DescribeProducersRequestData.class,
                        new DescribeProducersHandler(partitions, metadata))
                .add(
                        ApiKeys.DESCRIBE_LOG_DIRS,
                        DescribeLogDirsRequestData.class,
                        new DescribeLogDirsHandler(partitions, logs, directory))
                .add(
                        ApiKeys.ALTER_REPLICA_LOG_DIRS,
                        AlterReplicaLogDirsRequestData.class,
                        new AlterReplicaLogDirsHandler(partitions, metadata, directory));
    }
}
