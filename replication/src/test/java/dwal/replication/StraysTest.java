package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.Test;

/** Records on the disk of a node that the metadata do not place there when it starts. */
class StraysTest extends PartitionTestCase {
    private final MetadataDelta delta =
            new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();

    @Test
    void recordsOfATopicThatTheMetadataDoNotHaveAreSetAsideAndNotDeleted() {
        write();
        start();
        assertSetAside();
    }

    @Test
    void recordsOfAPartitionThatIsElsewhereAreSetAsideAndNotDeleted() {
        write();
        place(NODE + 1);
        start();
        assertSetAside();
    }

    @Test
    void recordsOfAPartitionThatIsHereStayWhereTheyAre() {
        write();
        place(NODE);
        start();
        assertThat(segment(directory.resolve("topic-0"))).isNotEmptyFile();
    }

    private void write() {
        Partition partition = partition(SyncPolicy.INTERVAL, 1, leader(1));
        open(partition);
        append(partition, LEADER, "kept");
        world.work();
        logs.close();
        logs = new LogStore(Disk.system(), directory, world, world, world, new Random(1), StoreSettings.defaults());
    }

    private void place(int node) {
        delta.replay(new TopicRecord().setName(ID.topic()).setTopicId(ID.topicId()));
        delta.replay(new PartitionRecord()
                .setTopicId(ID.topicId())
                .setPartitionId(0)
                .setReplicas(List.of(node))
                .setIsr(List.of(node))
                .setDirectories(List.of(new Uuid(3, 3)))
                .setLeader(node)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0));
    }

    private void start() {
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        var partitions =
                new Partitions(new Partition.Surroundings(NODE, world, world, world), logs, (topic, image) -> settings);
        partitions.apply(delta, delta.apply(MetadataProvenance.EMPTY));
        world.work();
    }

    private void assertSetAside() {
        assertThat(directory.resolve("topic-0")).doesNotExist();
        assertThat(segment(directory.resolve("topic-0." + ID.topicId() + "-stray")))
                .content(StandardCharsets.ISO_8859_1)
                .contains("kept");
        assertThat(logs.onDisk()).isEmpty();
    }

    private static Path segment(Path directory) {
        assertThat(Files.isDirectory(directory)).isTrue();
        return directory.resolve("00000000000000000000.log");
    }
}
