package dwal.log;

/** What a checkpoint keeps of one segment, so that its file need not be read when the log is opened. */
record SavedSegment(
        long baseOffset,
        int sizeBytes,
        long nextOffset,
        long maxTimestampMs,
        long maxTimestampBatch,
        long firstTimestampMs) {}
