package dwal.gateway.log;

import org.apache.kafka.common.requests.ListOffsetsRequest;

/** Where a reader begins. Immutable. */
public sealed interface ReadFrom {

    /** At an offset. */
    record Offset(long offset) implements ReadFrom {}

    /** At the first record whose timestamp is this (ms) or later; at the end if there is none. */
    record Timestamp(long ms) implements ReadFrom {}

    /** So many offsets before the end, or at the start if there are fewer. */
    record Last(long count) implements ReadFrom {}

    /** At the first offset. */
    static ReadFrom start() {
        return new Timestamp(ListOffsetsRequest.EARLIEST_TIMESTAMP);
    }

    /** Behind the last record. */
    static ReadFrom end() {
        return new Last(0);
    }
}
