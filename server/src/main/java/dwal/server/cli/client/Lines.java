package dwal.server.cli.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of an input, as the bytes that stand there: nothing is decoded. One thread. */
final class Lines {
    /** Far above what any broker takes as one record. */
    static final int LONGEST = 64 << 20;

    private final InputStream in;
    private final byte[] buffer = new byte[64 << 10];
    private int position;
    private int limit;
    private long number;

    Lines(InputStream in) {
        this.in = in;
    }

    /** The number of the line that was read last, from 1. */
    long number() {
        return number;
    }

    /** Whether the next line, or a part of it, has come in already. */
    boolean hasBuffered() {
        return position < limit;
    }

    /** The next line without its end, null after the last. */
    byte @Nullable [] next() throws IOException {
        var line = new ByteArrayOutputStream();
        boolean any = false;
        while (true) {
            if (position == limit && !fill()) {
                number += any ? 1 : 0;
                return any ? line.toByteArray() : null;
            }
            any = true;
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            line.write(buffer, position, end - position);
            if (line.size() > LONGEST) {
                throw new IOException("line " + (number + 1) + " is longer than " + LONGEST + " bytes");
            }
            position = Math.min(end + 1, limit);
            if (end < limit) {
                number++;
                return line.toByteArray();
            }
        }
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(in.read(buffer), 0);
        return limit > 0;
    }
}
