package dwal.log;

/**
 * Where an offset lies: the batch that starts with {@code offset} is, or will be, at {@code position} in
 * {@code segment}. Also the published end of a log. Immutable.
 */
record Place(Segment segment, long offset, int position) {}
