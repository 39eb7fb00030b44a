package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.StandardError;
import dwal.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a leader says whose log is damaged, so that a follower gets no further, where no other replica could lead. */
class LeaderDamageTest extends LeaderFixture {
    /** More than enough for a follower that comes to ask for the same again to count as stuck. */
    private static final int FETCHES = 6;

    @Test
    void isAdvisedToRestoreTheFileOrToDeleteWhatLiesThere() throws Exception {
        assertThat(toldOfDamage(TestReplicas.INTERVAL))
                .contains("topic-0 is damaged here", "Restore the file from a backup", "kafka-delete-records")
                .doesNotContain("cleanup.policy");
    }

    /** Kafka refuses to delete records of such topics, and so does dwal. */
    @Test
    void isToldWhatACompactedTopicNeedsForThat() throws Exception {
        assertThat(toldOfDamage(compacted()))
                .contains(
                        "kafka-delete-records",
                        "cleanup.policy=compact,delete",
                        "retention.ms=-1",
                        "retention.bytes=-1");
    }

    @ParameterizedTest
    @CsvSource({"__consumer_offsets", "__transaction_state"})
    void isNotAdvisedToDeleteRecordsOfATopicOfKafkasOwn(String topic) {
        assertThat(DamageAdvice.of(topic, compacted()))
                .contains("Restore the file from a backup")
                .doesNotContain("delete");
    }

    private static LogSettings compacted() {
        LogSettings old = TestReplicas.INTERVAL;
        return new LogSettings(
                old.segmentBytes(),
                old.segmentMs(),
                old.segmentJitterMs(),
                old.retentionMs(),
                old.retentionBytes(),
                false,
                true,
                old.maxMessageBytes(),
                old.timestampType(),
                old.timestampBeforeMaxMs(),
                old.timestampAfterMaxMs(),
                old.compression(),
                old.compressionLevel(),
                old.indexIntervalBytes(),
                old.flushMessages(),
                old.flushMs(),
                old.fileDeleteDelayMs(),
                old.sync());
    }

    private String toldOfDamage(LogSettings settings) throws Exception {
        lead(1, List.of(1));
        append("a", "b"); // without keys, which a compacted topic does not take
        log.updateSettings(settings);
        world.work();
        flipTheLastByte();
        return StandardError.of(() -> {
            for (int i = 0; i < FETCHES; i++) {
                fetch(2, 0);
                world.work();
            }
        });
    }

    private void flipTheLastByte() throws IOException {
        try (var file = Disk.system().open(directory.resolve("topic-0").resolve("00000000000000000000.log"))) {
            long last = log.sizeBytes() - 1;
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, last);
            file.write(ByteBuffer.allocate(1).put(0, (byte) ~one.get(0)), last);
        }
    }
}
