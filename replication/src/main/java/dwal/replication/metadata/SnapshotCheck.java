package dwal.replication.metadata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Looks whether a snapshot of the metadata is whole. One thread; reads all of it. */
final class SnapshotCheck {
    private SnapshotCheck() {}

    /** What is wrong with the snapshot {@code file}, which is there; empty if it is whole. */
    static Optional<String> damage(Path file) throws IOException {
        int position = 0;
        boolean ended = false;
        try (FileRecords records = FileRecords.open(file.toFile(), false)) {
            for (RecordBatch batch : records.batches()) {
                if (batch.magic() != RecordBatch.CURRENT_MAGIC_VALUE) {
                    return Optional.of(file + " at position " + position + ": no batch of format 2");
                }
                batch.ensureValid();
                ended = isFooter(batch);
                position += batch.sizeInBytes();
            }
            if (position < records.sizeInBytes()) {
                return Optional.of(file + " at position " + position + ": a batch that is not all there");
            }
        } catch (KafkaException | IllegalArgumentException e) {
            return Optional.of(file + " at position " + position + ": " + e.getMessage());
        }
        return ended
                ? Optional.empty()
                : Optional.of(
                        file + " at position " + position + ": the snapshot ends here, but without its last batch");
    }

    private static boolean isFooter(RecordBatch batch) {
        return batch.isControlBatch()
                && ControlRecordType.parse(batch.iterator().next().key()) == ControlRecordType.SNAPSHOT_FOOTER;
    }
}
