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
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which sessions are kept when there is no room for all, and which make room. */
class FetchSessionsTest {
    private static final int PARTITION_BYTES = 256;
    private static final long EVICTION_MS = 120_000;
    private static final ReadingReplica FOLLOWER = new ReadingReplica(2, 1);

    @TempDir
    private Path directory;

    private final ThreadTimer timer = new ThreadTimer("test-timer");
    private final SetClock clock = new SetClock();
    private final FetchSessions sessions =
            new FetchSessions(3, 100 * PARTITION_BYTES, EVICTION_MS, clock, new SplittableRandom(1));
    private LogStore logs;
    private Partitions hosted;

    private static final class SetClock implements Clock {
        private long ms = 1;

        @Override
        public long wallMs() {
            return ms;
        }

        @Override
        public long nanoTime() {
            return ms * 1_000_000;
        }
    }

    @BeforeEach
    void host() {
        logs = new LogStore(
                Disk.system(), directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        hosted = new Partitions(new Partition.Surroundings(1, clock, timer, Runnable::run), logs, (topic, image) -> {
            throw new AssertionError("no partition is hosted");
        });
    }

    @AfterEach
    void stop() {
        logs.close();
        timer.close();
    }

    private FetchSession session(int partitions, @Nullable ReadingReplica replica) {
        var session = new FetchSession(hosted, true, replica, Runnable::run);
        name(session, partitions);
        return session;
    }

    private static void name(FetchSession session, int partitions) {
        List<FetchPartition> wanted = IntStream.range(0, partitions)
                .mapToObj(index -> new FetchPartition().setPartition(index))
                .toList();
        session.update(new FetchRequestData()
                .setTopics(List.of(new FetchTopic().setTopicId(new Uuid(7, 7)).setPartitions(wanted))));
    }

    private boolean has(FetchSession session) {
        return sessions.get(session.id()) == session;
    }

    @Test
    void sessionsThatAreIdleMakeRoomTheOldestFirst() {
        FetchSession oldest = session(30, null);
        FetchSession older = session(30, null);
        FetchSession young = session(30, null);
        assertThat(sessions.tryKeep(oldest)).isTrue();
        assertThat(sessions.tryKeep(older)).isTrue();
        clock.ms += EVICTION_MS;
        assertThat(sessions.tryKeep(young)).isTrue();

        assertThat(sessions.tryKeep(session(65, null))).isTrue();

        assertThat(has(oldest)).isFalse();
        assertThat(has(older)).isFalse();
        assertThat(has(young)).isTrue();
        assertThat(sessions.bytes()).isEqualTo(95 * PARTITION_BYTES);
        assertThat(sessions.tryKeep(session(6, null))).as("all are busy").isFalse();
    }

    @Test
    void aFollowersSessionMakesThoseOfConsumersGoButNotOfFollowers() {
        FetchSession follower = session(40, FOLLOWER);
        FetchSession consumer = session(60, null);
        assertThat(sessions.tryKeep(follower)).isTrue();
        assertThat(sessions.tryKeep(consumer)).isTrue();

        assertThat(sessions.tryKeep(session(60, FOLLOWER))).isTrue();

        assertThat(has(follower)).isTrue();
        assertThat(has(consumer)).isFalse();
        assertThat(sessions.tryKeep(session(1, FOLLOWER))).isFalse();
    }

    @Test
    void aSessionThatGrowsMakesOthersGoButNotItself() {
        FetchSession growing = session(10, FOLLOWER);
        FetchSession consumer = session(60, null);
        assertThat(sessions.tryKeep(growing)).isTrue();
        assertThat(sessions.tryKeep(consumer)).isTrue();

        name(growing, 100);
        assertThat(sessions.mayKeep(growing)).isTrue();
        assertThat(has(consumer)).isFalse();

        name(growing, 101);
        assertThat(sessions.mayKeep(growing)).isFalse();
        assertThat(has(growing)).isFalse();
        assertThat(sessions.bytes()).isZero();
    }

    @Test
    void namesCountSinceTheyMayBeLong() {
        var session = new FetchSession(hosted, false, null, Runnable::run);
        session.update(new FetchRequestData()
                .setTopics(List.of(new FetchTopic()
                        .setTopic("t".repeat(100 * PARTITION_BYTES))
                        .setPartitions(List.of(new FetchPartition())))));

        assertThat(sessions.tryKeep(session)).isFalse();
    }
}
