package dwal.protocol.batch;

import java.nio.ByteBuffer;

/**
 * Steps quickly over records that are not compressed, or no longer, as long as they look as nearly all do: short numbers, no headers,
 * nothing that the rules forbid. It stops before the first that does not, which says nothing against that record: whoever
 * asked looks at it more closely. Not thread-safe; reused.
 */
final class PlainRecords {
    /** Length, attributes, timestamp and offset delta, key length: of numbers at most so many bytes are read. */
    private static final int FIELDS_BYTES = 3 + 1 + 5 + 3 + 3;

    private static final int LENGTH_BYTES = 3;

    private int index;
    private int position;
    private long maxTimestampMs;

    /** Number of the record that it stopped before. */
    int index() {
        return index;
    }

    /** Where that record starts. */
    int position() {
        return position;
    }

    /** The greatest timestamp of the records before, or the smallest long there is. */
    long maxTimestampMs() {
        return maxTimestampMs;
    }

    /**
     * Steps over the records of {@code batch} from number {@code first} on, which starts at index {@code start} of
     * {@code bytes}. Looks at nothing behind {@code end}.
     *
     * <p>The loop that reads a number is written out five times on purpose. A method can give back the number or the
     * position behind it; with both packed into a long each read waits for the one before, and the whole takes 10
     * microseconds for 64 KiB of records of 100 bytes where this takes 6, and a walk field by field 13.
     *
     * <p>The next record is first taken to start where it would if this one were as long as the last: the processor goes on
     * from there before it has read the length. A third less, also where lengths vary.
     */
    void step(ByteBuffer bytes, int start, int end, BatchView batch, int first, RecordRules rules) {
        int count = batch.recordCount();
        long baseTimestamp = batch.baseTimestamp();
        long earliest = rules.earliestMs();
        long latest = rules.latestMs();
        int leastKeyLength = rules.keysNeeded() ? 0 : -1;
        long max = Long.MIN_VALUE;
        int record = start;
        int i = first;
        int usual = 0;
        for (; i < count && end - record >= FIELDS_BYTES; i++) {
            int at = record;
            int part = bytes.get(at++);
            int code = part & 0x7f;
            for (int shift = 7; part < 0 && shift < 21; shift += 7) {
                part = bytes.get(at++);
                code |= (part & 0x7f) << shift;
            }
            int next = record + usual;
            if (next != at + (code >>> 1)) {
                next = at + (code >>> 1);
                usual = next - record;
            }
            if (part < 0 || (code & 1) != 0 || next > end) {
                break; // a length that is long, negative, or reaches beyond the batch
            }
            at++; // attributes
            part = bytes.get(at++);
            long delta = part & 0x7f;
            for (int shift = 7; part < 0 && shift < 35; shift += 7) {
                part = bytes.get(at++);
                delta |= (part & 0x7fL) << shift;
            }
            long timestamp = baseTimestamp + ((delta >>> 1) ^ -(delta & 1));
            if (part < 0 || timestamp < earliest || timestamp > latest) {
                break;
            }
            part = bytes.get(at++);
            code = part & 0x7f;
            for (int shift = 7; part < 0 && shift < 21; shift += 7) {
                part = bytes.get(at++);
                code |= (part & 0x7f) << shift;
            }
            if (part < 0 || code != i << 1) {
                break; // not the offset delta that the record must have
            }
            part = bytes.get(at++);
            code = part & 0x7f;
            for (int shift = 7; part < 0 && shift < 21; shift += 7) {
                part = bytes.get(at++);
                code |= (part & 0x7f) << shift;
            }
            int length = (code >>> 1) ^ -(code & 1);
            if (part < 0 || length < leastKeyLength || length > next - at) {
                break; // no key where one is needed, or one that reaches beyond the record
            }
            at += Math.max(length, 0);
            if (end - at < LENGTH_BYTES) {
                break;
            }
            part = bytes.get(at++);
            code = part & 0x7f;
            for (int shift = 7; part < 0 && shift < 21; shift += 7) {
                part = bytes.get(at++);
                code |= (part & 0x7f) << shift;
            }
            length = (code >>> 1) ^ -(code & 1);
            // Behind the value comes the number of headers: one byte, 0, if there are none.
            if (part < 0 || length < -1 || Math.max(length, 0) != next - at - 1 || bytes.get(next - 1) != 0) {
                break;
            }
            max = Math.max(max, timestamp);
            record = next;
        }
        index = i;
        position = record;
        maxTimestampMs = max;
    }
}
