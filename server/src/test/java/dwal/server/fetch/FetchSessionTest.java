package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchSessionTest {
    private static final int NEWS = 20_000;

    @TempDir
    private Path directory;

    @Test
    void aPartitionThatHasNewsWhileNewsIsTakenIsTakenOnce() throws InterruptedException {
        try (var timer = new ThreadTimer("test-timer");
                var logs = new LogStore(
                        Disk.system(),
                        directory,
                        Clock.system(),
                        timer,
                        Runnable::run,
                        new Random(1),
                        StoreSettings.defaults())) {
            var hosted = new Partitions(
                    new Partition.Surroundings(1, Clock.system(), timer, Runnable::run), logs, (topic, image) -> {
                        throw new AssertionError("no partition is hosted");
                    });
            var session = new FetchSession(hosted, true, new ReadingReplica(2, 1), Runnable::run);
            session.update(new FetchRequestData()
                    .setTopics(List.of(new FetchTopic()
                            .setTopicId(new Uuid(7, 7))
                            .setPartitions(List.of(
                                    new FetchPartition().setPartition(0), new FetchPartition().setPartition(1))))));
            List<FetchedPartition> partitions = List.copyOf(session.all());
            var going = new AtomicBoolean(true);
            var appends = new Thread(() -> {
                while (going.get()) {
                    partitions.forEach(FetchedPartition::news);
                }
            });
            appends.start();
            int twice = 0;
            for (int taken = 0; taken < NEWS; ) {
                List<FetchedPartition> news = session.takeNews();
                taken += news.size();
                twice += news.size() - Set.copyOf(news).size();
            }
            going.set(false);
            appends.join();
            assertThat(twice).isZero();
        }
    }
}
