package dwal.gateway.log;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request: a value, or why there is none.
 *
 * @param error {@code NONE} with a value
 * @param message why, for people; empty with a value
 */
public record Answer<T>(
        Errors error, String message, @Nullable T value) {

    /** There is one. */
    public static <T> Answer<T> of(T value) {
        return new Answer<>(Errors.NONE, "", value);
    }

    /** There is none. */
    public static <T> Answer<T> refused(Errors error, @Nullable String message) {
        return new Answer<>(error, message == null ? error.message() : message, null);
    }

    /** Whether there is none. */
    public boolean isRefused() {
        return error != Errors.NONE;
    }

    /** The same refusal of another request. */
    public <U> Answer<U> refusedToo() {
        return new Answer<>(error, message, null);
    }

    /** The value; only if it was not refused. */
    public T get() {
        T here = value;
        if (here == null) {
            throw new AssertionError("refused: " + error + ": " + message);
        }
        return here;
    }
}
