package dwal.log;

import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * The idempotent producers of one log, their open transactions, and the aborted ones. Changed on the partition's strand,
 * read by any thread.
 *
 * <p>Each entry says up to which offset it has seen the log, so that a log may be replayed over a state that is newer than
 * where the replay starts.
 */
final class Producers {

    /** An aborted transaction: the producer, its first offset, that of the marker, and the last stable offset after it. */
    record Aborted(long producerId, long firstOffset, long markerOffset, long lastStableOffset) {
        /** As the node's index keeps it. */
        byte[] encode() {
            return ByteBuffer.allocate(32)
                    .putLong(producerId)
                    .putLong(firstOffset)
                    .putLong(markerOffset)
                    .putLong(lastStableOffset)
                    .array();
        }

        /** What {@link #encode} made. */
        static Aborted decode(byte[] value) {
            ByteBuffer bytes = ByteBuffer.wrap(value);
            return new Aborted(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        }
    }

    /** What becomes of a batch: append it; it is there already; or it must be refused. */
    sealed interface Verdict {
        /** Go on. */
        enum Append implements Verdict {
            YES
        }

        /** These records were appended before. */
        record Duplicate(ProducerEntry.Batch batch) implements Verdict {}

        /** Sequences before those that {@code entry} remembers: the log knows whether these records were appended; else refuse. */
        record Earlier(ProducerEntry entry, Refuse otherwise) implements Verdict {}

        /** Refuse. */
        record Refuse(Errors error, String message) implements Verdict {}
    }

    private final Map<Long, ProducerEntry> entries = new ConcurrentHashMap<>();
    /** Open transactions: first offset to producer. */
    private final ConcurrentSkipListMap<Long, Long> open = new ConcurrentSkipListMap<>();

    private final ConcurrentLinkedQueue<Long> forgotten = new ConcurrentLinkedQueue<>();
    /** By offset of the marker. */
    private final ConcurrentSkipListMap<Long, Aborted> aborted = new ConcurrentSkipListMap<>();

    /** What to do with a batch that has a producer id. */
    Verdict judge(BatchView batch, AppendOrigin origin) {
        ProducerEntry entry = entries.get(batch.producerId());
        if (entry == null) {
            return Verdict.Append.YES;
        }
        short epoch = batch.producerEpoch();
        if (origin == AppendOrigin.CLIENT) {
            ProducerEntry.Batch same = entry.duplicateOf(epoch, batch.baseSequence(), batch.lastSequence());
            if (same != null) {
                return new Verdict.Duplicate(same);
            }
        }
        if (epoch < entry.epoch()) {
            return new Verdict.Refuse(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "Producer " + batch.producerId() + " has epoch " + entry.epoch()
                            + " here; an instance with the older epoch " + epoch + " may not write any more");
        }
        if (batch.isControl()) {
            return Verdict.Append.YES;
        }
        if (origin == AppendOrigin.CLIENT) {
            Verdict.Refuse gap = outOfSequence(batch, entry);
            if (gap != null) {
                return entry.isBeforeAll(batch.producerEpoch(), batch.baseSequence())
                        ? new Verdict.Earlier(entry, gap)
                        : gap;
            }
        }
        if (entry.hasTransaction() && !batch.isTransactional()) {
            return new Verdict.Refuse(
                    Errors.INVALID_TXN_STATE,
                    "Producer " + batch.producerId() + " has an open transaction here and must end it first");
        }
        return Verdict.Append.YES;
    }

    private static Verdict.@Nullable Refuse outOfSequence(BatchView batch, ProducerEntry entry) {
        int first = batch.baseSequence();
        boolean newEpoch = batch.producerEpoch() != entry.epoch();
        if (newEpoch) {
            return first == 0 || entry.epoch() == RecordBatch.NO_PRODUCER_EPOCH ? null : gap(batch, "0");
        }
        int last = entry.lastSequence();
        boolean follows = first == last + 1L || (first == 0 && last == Integer.MAX_VALUE);
        return follows ? null : gap(batch, Integer.toString((last + 1) & Integer.MAX_VALUE));
    }

    private static Verdict.Refuse gap(BatchView batch, String expected) {
        return new Verdict.Refuse(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "Producer " + batch.producerId() + " (epoch " + batch.producerEpoch() + ") sent sequence "
                        + batch.baseSequence() + " where " + expected + " is expected");
    }

    /** Takes note of a batch with a producer id that is now in the log, at its final offsets. */
    void note(BatchView batch) {
        long producerId = batch.producerId();
        ProducerEntry entry = entries.get(producerId);
        if (entry == null) {
            entry = ProducerEntry.unknown(producerId);
        } else if (batch.lastOffset() <= entry.lastOffset()) {
            return;
        }
        if (batch.isControl()) {
            noteMarker(batch, entry);
            return;
        }
        var appended = new ProducerEntry.Batch(
                batch.baseSequence(),
                batch.lastSequence(),
                batch.lastOffset(),
                batch.lastOffsetDelta(),
                batch.maxTimestamp());
        ProducerEntry after = entry.withBatch(batch.producerEpoch(), appended, batch.isTransactional());
        if (after.hasTransaction() && !entry.hasTransaction()) {
            open.put(after.transactionStart(), producerId);
        }
        entries.put(producerId, after);
    }

    private void noteMarker(BatchView batch, ProducerEntry entry) {
        MemoryRecords bytes = MemoryRecords.readableRecords(batch.buffer()
                .duplicate()
                .limit(batch.end())
                .position(batch.start())
                .slice());
        Record record = bytes.records().iterator().next();
        ControlRecordType type = ControlRecordType.parse(record.key());
        if (type != ControlRecordType.ABORT && type != ControlRecordType.COMMIT) {
            return;
        }
        EndTransactionMarker marker = EndTransactionMarker.deserialize(record);
        long offset = batch.baseOffset();
        if (entry.hasTransaction()) {
            long start = entry.transactionStart();
            if (type == ControlRecordType.ABORT) {
                Long next = open.higherKey(start);
                Long first = open.firstKey();
                long stable = first < start ? first : next == null ? offset + 1 : next;
                aborted.put(offset, new Aborted(entry.producerId(), start, offset, stable));
            }
            open.remove(start);
        }
        entries.put(
                entry.producerId(),
                entry.withMarker(batch.producerEpoch(), marker.coordinatorEpoch(), record.timestamp(), offset));
    }

    /** Where the earliest open transaction starts, or -1. */
    long firstOpenOffset() {
        Map.Entry<Long, Long> first = open.firstEntry();
        return first == null ? -1 : first.getKey();
    }

    /** Aborted transactions that have records at or behind {@code from} and start before {@code to}. */
    List<ReadOutcome.AbortedTransaction> abortedBetween(long from, long to) {
        List<ReadOutcome.AbortedTransaction> found = new ArrayList<>();
        for (Aborted one : aborted.tailMap(from).values()) {
            if (one.firstOffset() < to) {
                found.add(new ReadOutcome.AbortedTransaction(one.producerId(), one.firstOffset()));
            }
            if (one.lastStableOffset() >= to) {
                break;
            }
        }
        return found;
    }

    /** Forgets what ended before {@code logStartOffset}. */
    void forgetBefore(long logStartOffset) {
        aborted.headMap(logStartOffset).clear();
    }

    /** Forgets producers that have not written since {@code wallMs} and have no open transaction. */
    void expire(long wallMs) {
        entries.values().removeIf(entry -> {
            boolean goes = entry.lastTimestampMs() < wallMs && !entry.hasTransaction();
            if (goes) {
                forgotten.add(entry.producerId());
            }
            return goes;
        });
    }

    /** Forgets all that lies at or behind {@code offset}; gives the producers of which it then knows nothing, as they were. */
    Map<Long, ProducerEntry> cutAt(long offset) {
        aborted.tailMap(offset).clear();
        Map<Long, ProducerEntry> affected = new HashMap<>();
        for (ProducerEntry entry : entries.values()) {
            if (entry.lastOffset() >= offset) {
                affected.put(entry.producerId(), entry);
            }
        }
        entries.keySet().removeAll(affected.keySet());
        open.values().removeIf(affected::containsKey);
        return affected;
    }

    /** Takes what {@code cut} still tells of the time before {@code offset}, if no batch of that producer was found. */
    void restoreBefore(ProducerEntry cut, long offset) {
        List<ProducerEntry.Batch> left =
                cut.batches().stream().filter(one -> one.lastOffset() < offset).toList();
        if (left.isEmpty() || entries.containsKey(cut.producerId())) {
            return;
        }
        ProducerEntry.Batch last = left.get(left.size() - 1);
        long transactionStart = cut.transactionStart() < offset ? cut.transactionStart() : -1;
        restore(new ProducerEntry(
                cut.producerId(),
                cut.epoch(),
                left,
                cut.coordinatorEpoch(),
                last.timestampMs(),
                transactionStart,
                last.lastOffset()));
    }

    /** Takes over what a checkpoint kept of one producer. */
    void restore(ProducerEntry entry) {
        entries.put(entry.producerId(), entry);
        if (entry.hasTransaction()) {
            open.put(entry.transactionStart(), entry.producerId());
        }
    }

    /** Takes over what a checkpoint kept of an aborted transaction. */
    void restore(Aborted one) {
        aborted.put(one.markerOffset(), one);
    }

    Collection<ProducerEntry> all() {
        return entries.values();
    }

    /** Aborted transactions whose marker is at or behind {@code offset}. */
    Collection<Aborted> abortedFrom(long offset) {
        return aborted.tailMap(offset).values();
    }

    /** Producers forgotten since the last call, for the next checkpoint. */
    List<Long> takeForgotten() {
        List<Long> taken = new ArrayList<>();
        for (Long one = forgotten.poll(); one != null; one = forgotten.poll()) {
            taken.add(one);
        }
        return taken;
    }
}
