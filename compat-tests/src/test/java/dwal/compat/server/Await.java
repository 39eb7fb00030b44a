package dwal.compat.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits for conditions outside of this process, which nobody announces to us, by asking again and again. */
public final class Await {
    /** What never comes costs this once; what comes late, on a slow machine, is no failure. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private Await() {}

    /** Waits until {@code condition} holds; it may throw, or fail an assertion, while it does not. */
    public static void until(String what, Callable<Boolean> condition) {
        until(what, PATIENCE, condition);
    }

    public static void until(String what, Duration patience, Callable<Boolean> condition) {
        value(what, patience, () -> condition.call() ? Optional.of(true) : Optional.empty());
    }

    /** Waits until {@code attempt} gives a value, and returns that. */
    public static <T> T value(String what, Duration patience, Callable<Optional<T>> attempt) {
        long deadline = System.nanoTime() + patience.toNanos();
        @Nullable Throwable last = null;
        while (true) {
            try {
                Optional<T> value = attempt.call();
                if (value.isPresent()) return value.get();
            } catch (Exception | AssertionError e) {
                last = e;
            }
            if (System.nanoTime() > deadline)
                throw new AssertionError(
                        "waited " + patience + " in vain for: " + what + (last == null ? "" : "; lastly: " + last),
                        last);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            if (Thread.interrupted()) throw new AssertionError("interrupted while waiting for: " + what);
        }
    }
}
