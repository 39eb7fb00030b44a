package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.AppendOrigin;
import java.nio.file.Path;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a coordinator may tell committed offsets from memory: each condition fails alone. One thread. */
class CertainCoordinatorsTest {
    private static final String GROUP = "group";

    @TempDir
    private Path directory;

    private boolean certain = true;
    private OneOfTwo node;
    private CertainCoordinators coordinators;

    @BeforeEach
    void begin() {
        node = new OneOfTwo(Disk.system(), directory, Topic.GROUP_METADATA_TOPIC_NAME);
        coordinators = new CertainCoordinators(OneOfTwo.NODE, () -> certain, node::image, node.partitions);
    }

    @AfterEach
    void end() {
        node.close();
    }

    @Test
    void knowsAllThatWasAcknowledgedWhereNothingWasEverCommitted() {
        certain = false;
        assertThat(coordinators.test(GROUP)).isTrue();
    }

    @Test
    void isCertainAsLeaderThatNobodyCanHaveReplaced() {
        node.led(OneOfTwo.NODE, 0);
        assertThat(coordinators.test(GROUP)).isTrue();
    }

    @Test
    void isNotCertainWhileSomebodyMayHaveTakenOver() {
        node.led(OneOfTwo.NODE, 0);
        certain = false;
        assertThat(coordinators.test(GROUP)).isFalse();
    }

    @Test
    void isNotCertainWhenTheMetadataSayThatAnotherLeads() {
        node.led(OneOfTwo.OTHER, 0);
        assertThat(coordinators.test(GROUP)).isFalse();
    }

    /** The metadata thread hands the news to the partitions later than others can see the image. */
    @Test
    void isNotCertainWhenTheMetadataSaySoBeforeThePartitionKnows() {
        node.led(OneOfTwo.NODE, 0);
        node.ledUnheard(OneOfTwo.OTHER, 1);
        assertThat(node.partition().leaderEpoch()).isZero();
        assertThat(coordinators.test(GROUP)).isFalse();
    }

    @Test
    void isNotCertainBeforeItsHighWatermarkHasReachedWhereItsLeadershipBegan() {
        node.led(OneOfTwo.NODE, 0);
        node.append(AppendOrigin.COORDINATOR, RecordBatch.NO_TIMESTAMP);
        node.led(OneOfTwo.NODE, 1);
        assertThat(node.partition().log().highWatermark()).isZero();
        assertThat(coordinators.test(GROUP)).isFalse();

        node.otherFetches(1);
        assertThat(node.partition().log().highWatermark()).isEqualTo(1);
        assertThat(coordinators.test(GROUP)).isTrue();
    }
}
