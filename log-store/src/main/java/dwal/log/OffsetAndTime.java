package dwal.log;

/** An offset with the timestamp and leader epoch of its batch; timestamp -1 where it has no meaning. Immutable; any thread. */
public record OffsetAndTime(long offset, long timestampMs, int leaderEpoch) {}
