package dwal.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.Timer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * A process that appends, and deletes records off the front, is killed again and again, each time at some moment; what it
 * had said to be synced must be there, what it had said to be deleted must not, and the log must be whole.
 * {@code -Ddwal.kill.rounds} says how often. While one process is at work, the next one starts and waits for its turn.
 */
class KillTest {
    private static final int ROUNDS = Integer.getInteger("dwal.kill.rounds", 100);

    @TempDir
    static Path libraries;

    @TempDir
    Path data;

    /** What a child has told of before it was killed. */
    private record Told(long syncedOffset, long startOffset) {}

    /** Each child would unpack RocksDB's library anew, which takes longer than all else. */
    @BeforeAll
    static void unpackTheLibraryOnce() throws IOException {
        String name = Environment.getJniLibraryFileName("rocksdb");
        try (InputStream library = RocksDB.class.getResourceAsStream("/" + name)) {
            assertThat(library).as(name).isNotNull();
            Files.copy(library, libraries.resolve(Environment.getJniLibraryFileName("rocksdbjni")));
        }
    }

    @Test
    void whatWasAcknowledgedOutlivesAKillSeed7() throws Exception {
        var random = new Random(7);
        long end = 0;
        long start = 0;
        Process next = startChild();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Process child = next;
                next = startChild();
                Told told = runAndKill(child, random.nextInt(40) + 1);
                assertThat(told.syncedOffset())
                        .as("the child went on where the last one was")
                        .isGreaterThanOrEqualTo(end);
                start = Math.max(start, told.startOffset());
                end = check(told.syncedOffset(), start, round);
            }
        } finally {
            next.destroyForcibly();
        }
        assertThat(start).as("records that went through all this").isPositive();
    }

    private Process startChild() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "-Xmx128m",
                        "-Ddwal.native.dir=" + libraries,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        data.toString())
                .redirectError(errors().toFile())
                .start();
    }

    private static Path errors() {
        return libraries.resolve("errors");
    }

    private static Told runAndKill(Process child, int lines) throws InterruptedException {
        long synced = 0;
        long start = 0;
        try (var reader = new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
            child.getOutputStream().write('\n');
            child.getOutputStream().flush();
            for (int i = 0; i < lines; i++) {
                String line = reader.readLine();
                assertThat(line)
                        .as("the child ended by itself: " + Files.readString(errors()))
                        .isNotNull();
                long offset = Long.parseLong(line.substring(1));
                if (line.charAt(0) == 'S') {
                    synced = offset;
                } else {
                    start = offset;
                }
            }
            child.destroyForcibly();
        } catch (IOException e) {
            // The pipe broke with the child.
        }
        child.waitFor();
        return new Told(synced, start);
    }

    private long check(long synced, long start, int round) throws IOException {
        assertThat(InspectedLogs.damageIn(data)).as("round " + round).isEmpty();
        var fixture = new LogFixture(Disk.system(), data);
        try {
            PartitionLog log = fixture.log(Child.SETTINGS);
            assertThat(log.status()).as("round " + round).isEqualTo(Errors.NONE);
            assertThat(log.logEndOffset()).as("round " + round).isGreaterThanOrEqualTo(synced);
            assertThat(log.logStartOffset()).as("round " + round).isGreaterThanOrEqualTo(start);
            long next = log.logStartOffset();
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

    /**
     * Once it is told to go, appends until it is killed, and tells each offset below which all is synced (S), and each at
     * which the log starts now (D).
     */
    static final class Child implements Timer {
        static final LogSettings SETTINGS = new SettingsBuilder()
                .sync(LogSettings.SyncPolicy.COMMIT)
                .segmentBytes(40_000)
                .build();
        private static final int KEPT = 500;
        private long synced;

        private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);

        public static void main(String[] args) throws IOException, InterruptedException {
            RocksDB.loadLibrary(List.of(System.getProperty("dwal.native.dir")));
            if (System.in.read() >= 0) {
                new Child().run(Path.of(args[0]));
            }
        }

        private void run(Path data) throws InterruptedException {
            var store = new LogStore(
                    Disk.system(), data, Clock.system(), this, threads, new Random(1), StoreSettings.defaults());
            PartitionLog log = store.log(LogFixture.partition(0), SETTINGS);
            log.setListener(new LogListener() {
                @Override
                public void synced(long offset) {
                    System.out.println("S" + offset);
                    noteSynced(offset);
                }

                @Override
                public void startKept(Runnable publish) {
                    published.add(publish);
                }

                @Override
                public void failed(String reason) {
                    System.exit(3);
                }
            });
            if (log.open() != Errors.NONE) {
                System.exit(4);
            }
            noteSynced(log.logEndOffset());
            var random = new Random(log.logEndOffset());
            for (long next = log.logEndOffset(); ; next++) {
                String value = next + "-" + "x".repeat(random.nextInt(1500));
                AppendOutcome outcome = log.append(Batches.at(1_000 + next, value), AppendOrigin.CLIENT, 0);
                if (outcome.error() != Errors.NONE) {
                    System.exit(5);
                }
                awaitSynced(next - 200);
                if (next % 97 == 0) {
                    store.checkpoints().soon(log);
                }
                deleteNowAndThen(log, next);
            }
        }

        /** From the thread that has made a log start safe to this one, which stands for the strand. */
        private final Queue<Runnable> published = new ConcurrentLinkedQueue<>();

        private synchronized void noteSynced(long offset) {
            synced = offset;
            notifyAll();
        }

        private synchronized void awaitSynced(long offset) throws InterruptedException {
            while (synced < offset) {
                wait();
            }
        }

        private void deleteNowAndThen(PartitionLog log, long next) {
            if (next % 61 == 0 && next > KEPT) {
                log.deleteRecordsBefore(next - KEPT, outcome -> System.out.println("D" + outcome.logStartOffset()));
            }
            for (Runnable publish = published.poll(); publish != null; publish = published.poll()) {
                publish.run();
            }
        }

        @Override
        public Timeout after(long delayMs, Runnable task) {
            var future = threads.schedule(task, Math.min(delayMs, 20), TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        }
    }
}
