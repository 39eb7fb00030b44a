package dwal.server.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a command writes to, which keeps why that failed: a {@link java.io.PrintWriter} tells only that it did. Any thread. */
final class CommandOutput extends OutputStream {

    /** What happens to a stream when one writes. */
    private interface Write {
        void run() throws IOException;
    }

    private final OutputStream target;
    private volatile @Nullable IOException failure;

    CommandOutput(OutputStream target) {
        this.target = target;
    }

    @Override
    public void write(int one) throws IOException {
        keepFailure(() -> target.write(one));
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        keepFailure(() -> target.write(bytes, from, length));
    }

    @Override
    public void flush() throws IOException {
        keepFailure(target::flush);
    }

    private void keepFailure(Write write) throws IOException {
        try {
            write.run();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    /** Why some of it is lost; null if nothing is, or if whoever read it has seen enough and is gone, as {@code head} does. */
    @Nullable
    IOException loss() {
        IOException first = failure;
        boolean readerGone = first != null
                && String.valueOf(first.getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
        return readerGone ? null : first;
    }
}
