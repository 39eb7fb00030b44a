package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.index.LogIndex;
import dwal.log.index.LogIndex.Family;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index that is closed while somebody still has something to write: a call into a closed database ends the process. */
class ClosedIndexTest {
    private static final byte[] KEY = {1};

    @TempDir
    Path directory;

    @Test
    void aChangeOfAClosedIndexDoesNothing() throws Exception {
        LogIndex index = LogIndex.open(directory);
        index.close();

        try (LogIndex.Change change = index.change()) {
            change.put(Family.STATE, KEY, KEY);
            change.delete(Family.STATE, KEY);
            change.deleteRange(Family.STATE, KEY, new byte[] {2});
            change.commit();
        }
    }

    @Test
    void anIndexIsClosedAfterTheChangeThatIsUnderWay() throws Exception {
        LogIndex index = LogIndex.open(directory);
        var closing = new CountDownLatch(1);
        CompletableFuture<Void> closed;
        try (LogIndex.Change change = index.change()) {
            closed = CompletableFuture.runAsync(() -> {
                closing.countDown();
                index.close();
            });
            closing.await();
            for (int i = 0; i < 10_000; i++) {
                change.put(Family.STATE, KEY, KEY);
            }
            change.commit();
            assertThat(closed).isNotDone();
        }
        closed.join();

        try (LogIndex again = LogIndex.open(directory)) {
            assertThat(again.get(Family.STATE, KEY))
                    .as("nothing was flushed, nothing is there")
                    .isNull();
        }
    }
}
