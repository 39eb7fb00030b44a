package dwal.protocol.batch;

/**
 * What a topic asks of each record.
 *
 * @param keysNeeded whether each record must have a key (compacted topics)
 * @param earliestMs the smallest timestamp taken; a record without timestamp (-1) is taken always
 * @param latestMs the greatest timestamp taken
 * @param inflatedBytesLimit how large the records of a compressed batch may be when inflated
 */
public record RecordRules(boolean keysNeeded, long earliestMs, long latestMs, long inflatedBytesLimit) {}
