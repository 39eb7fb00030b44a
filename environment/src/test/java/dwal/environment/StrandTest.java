package dwal.environment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StrandTest {
    private final List<String> told = new ArrayList<>();

    @Test
    void runsWhatATaskGivesItAfterThatTask() {
        var strand = new Strand(failure -> {});

        strand.run(() -> {
            strand.run(() -> told.add("inner"));
            told.add("outer");
        });

        assertThat(told).containsExactly("outer", "inner");
        assertThat(strand.length()).isZero();
    }

    @Test
    void goesOnAfterATaskThatThrowsAndAfterAFailureHandlerThatThrows() throws InterruptedException {
        var strand = new Strand(failure -> {
            told.add(failure.getMessage());
            throw new IllegalStateException("the handler, too");
        });

        var thread = new Thread(() -> strand.run(() -> {
            strand.run(() -> told.add("behind it"));
            throw new IllegalStateException("a task");
        }));
        thread.setUncaughtExceptionHandler((in, failure) -> told.add(failure.getMessage()));
        thread.start();
        thread.join();

        assertThat(told).containsExactly("a task", "the handler, too", "behind it");
        strand.run(() -> told.add("later"));
        assertThat(told).endsWith("later");
        assertThat(strand.length()).isZero();
    }
}
