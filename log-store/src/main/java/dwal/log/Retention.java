package dwal.log;

/** Which part of a log its topic's retention no longer keeps: whole segments, oldest first. On the partition's strand. */
final class Retention {
    private Retention() {}

    /**
     * The log start offset that {@code retention.ms} and {@code retention.bytes} ask for, at most the high watermark; the
     * present one when nothing is to go. As in Kafka the last segment goes like any other: a new one is begun then.
     */
    static long firstOffsetKept(LogState state, LogSettings settings, long wallMs) {
        Segment[] segments = state.segments();
        if (!settings.deletes() || segments.length == 0) {
            return state.startOffset();
        }
        long excess = excessBytes(segments, settings);
        int gone = 0;
        while (gone < segments.length && segments[gone].sizeBytes() > 0) {
            Segment segment = segments[gone];
            boolean old = settings.retentionMs() >= 0 && wallMs - latestTime(segment) > settings.retentionMs();
            boolean tooMuch = excess >= segment.sizeBytes();
            if ((!old && !tooMuch) || segment.nextOffset() > state.highWatermark()) {
                break;
            }
            excess -= segment.sizeBytes();
            gone++;
        }
        return gone == 0 ? state.startOffset() : Math.max(state.startOffset(), segments[gone - 1].nextOffset());
    }

    private static long excessBytes(Segment[] segments, LogSettings settings) {
        if (settings.retentionBytes() < 0) {
            return -1;
        }
        long bytes = -settings.retentionBytes();
        for (Segment segment : segments) {
            bytes += segment.sizeBytes();
        }
        return bytes;
    }

    /** Without timestamps in the records, the time of the last append counts: as in Kafka, that of the file. */
    private static long latestTime(Segment segment) {
        return segment.maxTimestampMs() >= 0 ? segment.maxTimestampMs() : segment.lastAppendWallMs();
    }
}
