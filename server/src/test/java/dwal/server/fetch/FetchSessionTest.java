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
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchSessionTest {
    private static final int NEWS = 20_000;
    private static final int MANY = 2_000;

    @TempDir
    private Path directory;

    /** An id that has the same hash code as all others, and tells when it is compared. */
    private static final class SameHash extends Uuid {
        private final LongAdder comparisons;

        SameHash(long number, LongAdder comparisons) {
            super(7, number);
            this.comparisons = comparisons;
        }

        @Override
        public int hashCode() {
            return 7;
        }

        @Override
        public boolean equals(Object other) {
            comparisons.increment();
            return super.equals(other);
        }

        @Override
        public int compareTo(Uuid other) {
            comparisons.increment();
            return super.compareTo(other);
        }
    }

    /** A client can choose them so. Where keys cannot be compared it is a comparison with each other key for each that is new. */
    @Test
    void partitionsWithTheSameHashCodeAreFoundInFewSteps() {
        var comparisons = new LongAdder();
        List<FetchTopic> topics = IntStream.range(0, MANY)
                .mapToObj(number -> new FetchTopic()
                        .setTopicId(new SameHash(number, comparisons))
                        .setPartitions(List.of(new FetchPartition().setPartition(0))))
                .toList();
        var forgotten = topics.stream()
                .map(topic -> new ForgottenTopic().setTopicId(topic.topicId()).setPartitions(List.of(0)))
                .toList();
        try (var topic = new HostedTopic(directory)) {
            var session = new FetchSession(topic.partitions, true, null, Runnable::run);
            session.update(new FetchRequestData().setTopics(topics));
            assertThat(session.all()).hasSize(MANY);
            session.update(new FetchRequestData().setTopics(topics));
            assertThat(session.takeNews()).hasSize(MANY);
            session.opened(1, 0);
            session.update(new FetchRequestData().setForgottenTopicsData(forgotten));
            assertThat(session.isEmpty()).isTrue();
        }
        assertThat(comparisons.sum()).isBetween((long) MANY, MANY * 200L);
    }

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
