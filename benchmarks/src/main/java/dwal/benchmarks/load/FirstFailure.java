package dwal.benchmarks.load;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The first thing that went wrong in a run of several threads. Any thread. */
final class FirstFailure {
    private final AtomicReference<@Nullable Exception> first = new AtomicReference<>();

    /** Notes {@code e}, unless it is null or another came before. */
    void note(@Nullable Exception e) {
        if (e != null) {
            first.compareAndSet(null, e);
        }
    }

    boolean isThere() {
        return first.get() != null;
    }

    void rethrow() throws Exception {
        Exception e = first.get();
        if (e != null) {
            throw e;
        }
    }
}
