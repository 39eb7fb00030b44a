package dwal.server.handler;

import dwal.log.LogStore;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;

/** DescribeLogDirs: how much each partition takes, in the one directory that a dwal node has. */
public final class DescribeLogDirsHandler implements Handler<DescribeLogDirsRequestData> {
    private final Partitions partitions;
    private final LogStore logs;
    private final Path directory;

    /** @param directory where the logs are */
    public DescribeLogDirsHandler(Partitions partitions, LogStore logs, Path directory) {
        this.partitions = partitions;
        this.logs = logs;
        this.directory = directory;
    }

    @Override
    public CompletionStage<DescribeLogDirsResponseData> handle(
            RequestContext context, DescribeLogDirsRequestData request) {
        Map<String, DescribeLogDirsTopic> topics = new LinkedHashMap<>();
        var all = new PartitionAnswers();
        for (Partition partition : asked(request)) {
            var into = new DescribeLogDirsPartition()
                    .setPartitionIndex(partition.id().partition());
            topics.computeIfAbsent(partition.id().topic(), name -> new DescribeLogDirsTopic().setName(name))
                    .partitions()
                    .add(into);
            all.addWhenOpen(
                    partition,
                    () -> into.setPartitionSize(partition.log().sizeBytes()),
                    error -> into.setPartitionSize(-1));
        }
        LogStore.Space space = logs.space();
        var result = new DescribeLogDirsResult()
                .setLogDir(directory.toAbsolutePath().normalize().toString())
                .setTopics(new ArrayList<>(topics.values()))
                .setTotalBytes(space.totalBytes())
                .setUsableBytes(space.usableBytes());
        return all.then(new DescribeLogDirsResponseData().setResults(List.of(result)));
    }

    private Collection<Partition> asked(DescribeLogDirsRequestData request) {
        if (request.topics() == null) {
            return partitions.all();
        }
        List<Partition> asked = new ArrayList<>();
        for (DescribableLogDirTopic topic : request.topics()) {
            for (int index : topic.partitions()) {
                Partition partition = partitions.find(topic.topic(), index);
                if (partition != null) {
                    asked.add(partition);
                }
            }
        }
        return asked;
    }
}
