package dwal.log;

import java.nio.ByteBuffer;

/** Records on their way into a log. */
public sealed interface Submission {
    /** Nobody has looked at them yet. */
    record Unchecked(ByteBuffer bytes, AppendOrigin origin) implements Submission {}

    /**
     * A client's, which may be written: ready but for offset and epoch. {@code logAppendTimeMs} is -1 unless the topic uses
     * LogAppendTime.
     */
    record Admitted(ByteBuffer bytes, long logAppendTimeMs) implements Submission {}

    /** A client's, which may not be. */
    record Refused(AppendOutcome outcome) implements Submission {}
}
