package dwal.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.Timer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that appends is killed again and again, each time at some moment; what it had said to be synced must be there,
 * and the log must be whole. {@code -Ddwal.kill.rounds} says how often.
 */
class KillTest {
    private static final int ROUNDS = Integer.getInteger("dwal.kill.rounds", 10);

    @TempDir
    Path data;

    @Test
    void whatWasAcknowledgedOutlivesAKillSeed7() throws Exception {
        var random = new Random(7);
        long end = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long acknowledged = runAndKill(random.nextInt(60) + 1);
            assertThat(acknowledged)
                    .as("the child went on where the last one was")
                    .isGreaterThanOrEqualTo(end);
            end = check(acknowledged, round);
        }
        assertThat(end).as("records that went through all this").isPositive();
    }

    /** Gives the last offset that the child told of, before it was killed. */
    private long runAndKill(int lines) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long last = -1;
        try (var reader = new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
            for (int i = 0; i < lines; i++) {
                String line = reader.readLine();
                assertThat(line).as("the child ended by itself").isNotNull();
                last = Long.parseLong(line);
            }
            child.destroyForcibly();
        } catch (IOException e) {
            // The pipe broke with the child.
        }
        child.waitFor();
        return last;
    }

    private long check(long acknowledged, int round) {
        var fixture = new LogFixture(Disk.system(), data);
        try {
            PartitionLog log = fixture.log(Child.SETTINGS);
            assertThat(log.status()).as("round " + round).isEqualTo(Errors.NONE);
            assertThat(log.logEndOffset()).as("round " + round).isGreaterThanOrEqualTo(acknowledged);
            long next = 0;
            for (String text : PartitionLogTest.readAll(log, 1 << 20)) {
                assertThat(text).startsWith(next + ":" + next + "-");
                next++;
            }
            assertThat(next).isEqualTo(log.logEndOffset());
            return next;
        } finally {
            fixture.close();
        }
    }

    /** Appends until it is killed, and tells each offset below which all is synced. */
    static final class Child implements Timer {
        static final LogSettings SETTINGS = new SettingsBuilder()
                .sync(LogSettings.SyncPolicy.COMMIT)
                .segmentBytes(40_000)
                .build();

        private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);

        public static void main(String[] args) {
            new Child().run(Path.of(args[0]));
        }

        private void run(Path data) {
            var store = new LogStore(
                    Disk.system(), data, Clock.system(), this, threads, new Random(1), StoreSettings.defaults());
            PartitionLog log = store.log(LogFixture.partition(0), SETTINGS);
            log.setListener(new PartitionLog.Listener() {
                @Override
                public void synced(long offset) {
                    System.out.println(offset);
                }

                @Override
                public void failed(String reason) {
                    System.exit(3);
                }
            });
            if (log.open() != Errors.NONE) {
                System.exit(4);
            }
            var random = new Random(log.logEndOffset());
            for (long next = log.logEndOffset(); ; next++) {
                String value = next + "-" + "x".repeat(random.nextInt(1500));
                AppendOutcome outcome = log.append(Batches.at(1_000 + next, value), AppendOrigin.CLIENT, 0);
                if (outcome.error() != Errors.NONE) {
                    System.exit(5);
                }
                while (next - log.storedOffset() > 200) {
                    Thread.onSpinWait();
                }
                if (next % 97 == 0) {
                    store.checkpointSoon(log);
                }
            }
        }

        @Override
        public Timeout after(long delayMs, Runnable task) {
            var future = threads.schedule(task, Math.min(delayMs, 20), TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        }
    }
}
