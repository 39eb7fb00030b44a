package dwal.gateway.log;

import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request: a value, or why there is none.
 *
 * @param error {@code NONE} with a value
 * @param message why, for people; empty with a value
 * @param retryMs after how long to try again, where it is a quota that is used up; else 0
 */
public record Answer<T>(
        Errors error, String message, @Nullable T value, long retryMs) {

    /** There is one. */
    public static <T> Answer<T> of(T value) {
        return new Answer<>(Errors.NONE, "", value, 0);
    }

    /** There is none. */
    public static <T> Answer<T> refused(Errors error, @Nullable String message) {
        return new Answer<>(error, message == null ? error.message() : message, null, 0);
    }

    /** There is none before {@code retryMs} are over, for a quota is used up. */
    public static <T> Answer<T> throttled(String message, long retryMs) {
        return new Answer<>(
                Errors.THROTTLING_QUOTA_EXCEEDED, message + ": try again in " + retryMs + " ms", null, retryMs);
    }

    /** Whether there is none. */
    public boolean isRefused() {
        return error != Errors.NONE;
    }

    /** The same refusal of another request. */
    public <U> Answer<U> refusedToo() {
        return new Answer<>(error, message, null, retryMs);
    }

    /** The same answer about what {@code change} makes of the value. */
    public <U> Answer<U> map(Function<? super T, ? extends U> change) {
        return isRefused() ? refusedToo() : of(change.apply(get()));
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
