package dwal.log;

import dwal.log.index.IndexException;
import dwal.log.index.LogIndex.Family;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that the node's index keeps of one log, but for where its batches lie: what {@link Checkpoints} wrote last. */
record Checkpoint(SavedLog log, EpochHistory epochs, List<ProducerEntry> producers, List<Producers.Aborted> aborted) {

    /** The last one, or null; throws some RuntimeException if it cannot be decoded. */
    static @Nullable Checkpoint read(PartitionIndex index) throws IndexException {
        List<EpochHistory> epochs = new ArrayList<>();
        List<ProducerEntry> producers = new ArrayList<>();
        List<Producers.Aborted> aborted = new ArrayList<>();
        SavedLog saved = index.saved();
        index.each(Family.EPOCHS, value -> epochs.add(EpochHistory.decode(value)));
        index.each(Family.PRODUCERS, value -> producers.add(ProducerEntry.decode(value)));
        index.each(Family.ABORTED, value -> aborted.add(Producers.Aborted.decode(value)));
        return saved == null
                ? null
                : new Checkpoint(saved, epochs.isEmpty() ? EpochHistory.EMPTY : epochs.get(0), producers, aborted);
    }
}
