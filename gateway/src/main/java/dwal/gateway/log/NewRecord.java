package dwal.gateway.log;

import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * A record to be appended to a topic.
 *
 * @param partition where; {@link #ANY} leaves it to the key, or to chance
 * @param stamped whether the timestamp is the client's own
 */
public record NewRecord(int partition, SimpleRecord record, boolean stamped) {
    /** No partition in particular. */
    public static final int ANY = -1;
}
