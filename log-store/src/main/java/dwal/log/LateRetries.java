package dwal.log;

import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds a batch in the log that was appended before those that its producer's entry remembers. A client sends such a one if its
 * first answer came late or never, from a leader that was cut off, while later batches went to the next leader: Kafka
 * refuses it then with OUT_OF_ORDER_SEQUENCE_NUMBER, again and again, until the client gives up a record that is there.
 *
 * <p>Belongs to the partition's strand.
 */
final class LateRetries {
    /** How far the search goes back: what was written so lately is in memory. Small batches take some 30 ms so. */
    static final int BYTES_LOOKED_AT = 64 << 20;

    private final LogState state;
    private final ThreadLocal<ByteBuffer> scratch;

    LateRetries(LogState state, ThreadLocal<ByteBuffer> scratch) {
        this.state = state;
        this.scratch = scratch;
    }

    /**
     * The batch of these very bytes, with its offsets; null if the log does not have it, or not within {@link #BYTES_LOOKED_AT} before
     * what {@code entry} remembers. Equal sequences are not enough: a client that counts anew may send something else.
     */
    ProducerEntry.@Nullable Batch find(BatchView sent, ProducerEntry entry) {
        var search = new Search(sent, entry.batches().get(0).firstOffset());
        try {
            while (search.found == null && search.mayGoOn()) {
                search.stretchBefore();
            }
        } catch (IOException e) {
            // Damage is told of by who reads what it has hit. The client is answered as if nothing had been found.
            return null;
        }
        return search.found;
    }

    /** From index entry to index entry, backwards. */
    private final class Search {
        private final BatchView sent;
        private long before;
        private int bytesLeft = BYTES_LOOKED_AT;
        private boolean past;
        private ProducerEntry.@Nullable Batch found;

        Search(BatchView sent, long before) {
            this.sent = sent;
            this.before = before;
        }

        boolean mayGoOn() {
            return !past && bytesLeft > 0 && before > state.startOffset();
        }

        void stretchBefore() throws IOException {
            Segment[] segments = state.segments();
            int at = LogState.floor(segments, before - 1);
            Place tail = state.tail();
            if (at < 0 || tail == null) {
                past = true;
                return;
            }
            Segment segment = segments[at];
            SparseIndex index = segment.indexFor(before - 1);
            int entry = index.floorOfOffset(before - 1);
            int start = entry < 0 ? 0 : index.position(entry);
            int end = segment == tail.segment() ? tail.position() : segment.sizeBytes();
            try (var steps =
                    new HeaderSteps(segment, scratch.get(), start, end, entry < 0 ? -1 : index.offset(entry))) {
                while (bytesLeft > 0 && steps.next() && steps.batch().baseOffset() < before) {
                    look(steps.batch());
                    bytesLeft -= steps.batch().sizeInBytes();
                }
            }
            before = entry < 0 ? segment.baseOffset() : index.offset(entry);
        }

        private void look(BatchView batch) {
            if (batch.producerId() != sent.producerId() || batch.isControl()) {
                return;
            }
            if (batch.producerEpoch() != sent.producerEpoch()
                    || ProducerEntry.isBefore(batch.baseSequence(), sent.baseSequence())) {
                past = true;
            } else if (batch.baseSequence() == sent.baseSequence()
                    && batch.lastSequence() == sent.lastSequence()
                    && batch.storedCrc() == sent.storedCrc()
                    && batch.baseOffset() >= state.startOffset()) {
                found = new ProducerEntry.Batch(
                        batch.baseSequence(),
                        batch.lastSequence(),
                        batch.lastOffset(),
                        batch.lastOffsetDelta(),
                        batch.maxTimestamp());
            }
        }
    }
}
