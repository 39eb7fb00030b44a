package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.environment.simulated.RecordedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log is written on a disk that records what is done to it, while the files of its index are copied after each flush; then
 * states that a kill or a loss of power may leave of both are put together and opened, and some that none should.
 */
class IndexCrashTest {
    @TempDir
    Path temp;

    private record Copy(int operations, long start, Map<String, byte[]> files) {}

    private final RecordedDisk disk = new RecordedDisk();
    private final IndexedLog content = new IndexedLog();
    private final List<int[]> appendedAt = new ArrayList<>();
    private final List<int[]> syncedAt = new ArrayList<>();
    private final List<int[]> startedAt = new ArrayList<>();
    private final List<Copy> copies = new ArrayList<>();
    private Path data;

    @BeforeEach
    void write() throws IOException {
        data = Files.createDirectories(temp.resolve("data"));
        var fixture = new LogFixture(disk, data);
        PartitionLog log = fixture.log(IndexedLog.SETTINGS);
        log.setListener(new LogListener() {
            @Override
            public void synced(long offset) {
                syncedAt.add(new int[] {disk.operations(), (int) offset});
            }

            @Override
            public void failed(String reason) {
                throw new AssertionError(reason);
            }
        });
        copyIndex();
        var random = new Random(1);
        for (int i = 0; i < 150; i++) {
            content.append(log, random);
            appendedAt.add(new int[] {disk.operations(), content.records()});
            switch (random.nextInt(12)) {
                case 0 -> fixture.advance(60_000);
                case 1 -> {
                    int before = (int) log.logStartOffset() + random.nextInt(content.records() / 8 + 1);
                    log.deleteRecordsBefore(before, outcome -> startedAt.add(new int[] {disk.operations(), before}));
                }
                default -> {}
            }
            if (random.nextInt(3) == 0) {
                fixture.runBlocking();
                copyIndex();
            }
        }
        fixture.close();
        assertThat(copies).hasSizeGreaterThan(10);
        assertThat(startedAt).hasSizeGreaterThan(5);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void aKillWhileTheIndexIsFlushedLosesNothing(long seed) throws IOException {
        var random = new Random(seed);
        for (int i = 0; i < 25; i++) {
            State state = someState(random);
            int count = state.operations();
            String what = "killed after " + count + ", try " + i + " of seed " + seed;
            open(disk.killedAfter(count), state.index(), fixture -> {
                assertThat(InspectedLogs.damageIn(fixture.data)).as(what).isEmpty();
                content.check(fixture, least(appendedAt, count), state.start(), what);
                assertThat(fixture.store.hasLostIndex()).as(what).isFalse();
                checkWhatACleanStopLeaves(fixture, what);
            });
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {3, 4})
    void aLossOfPowerWhileTheIndexIsFlushedLosesNothingThatWasSynced(long seed) throws IOException {
        var random = new Random(seed);
        for (int i = 0; i < 25; i++) {
            State state = someState(random);
            int count = state.operations();
            String what = "power lost after " + count + ", try " + i + " of seed " + seed;
            open(disk.powerLostAfter(count, random), state.index(), fixture -> {
                assertThat(InspectedLogs.damageIn(fixture.data)).as(what).isEmpty();
                content.check(fixture, least(syncedAt, count), state.start(), what);
                checkWhatACleanStopLeaves(fixture, what);
            });
        }
    }

    private static void checkWhatACleanStopLeaves(LogFixture fixture, String what) throws IOException {
        fixture.restart();
        assertThat(InspectedLogs.damageIn(fixture.data))
                .as(what + ", and stopped")
                .isEmpty();
    }

    @Test
    void anIndexThatIsFarBehindIsCaughtUpSeed5() throws IOException {
        var random = new Random(5);
        for (int i = 0; i < 15; i++) {
            Copy old = copies.get(random.nextInt(copies.size()));
            int count = old.operations() + random.nextInt(disk.operations() - old.operations() + 1);
            String what = "the index is of " + old.operations() + ", the log of " + count;
            open(disk.killedAfter(count), old.files(), fixture -> {
                PartitionLog log = fixture.log(IndexedLog.SETTINGS);
                if (log.status() == Errors.NONE) {
                    content.check(fixture, least(appendedAt, count), old.start(), what);
                } else {
                    assertThat(least(startedAt, count))
                            .as(what + ": segments are missing only if they were deleted since")
                            .isGreaterThan((int) old.start());
                }
            });
        }
    }

    @Test
    void withoutAnIndexAllIsReadAndThatIsToldSeed6() throws IOException {
        var random = new Random(6);
        for (int i = 0; i < 6; i++) {
            int count = disk.operations() / 2 + random.nextInt(disk.operations() / 2);
            String what = "no index, the log of " + count;
            open(disk.killedAfter(count), Map.of(), fixture -> {
                content.check(fixture, least(appendedAt, count), least(startedAt, count), what);
                assertThat(fixture.store.hasLostIndex()).as(what).isTrue();
            });
        }
    }

    @Test
    void filesOfTheIndexThatAreCutShortAnywhereAreNoticedOrDoNotMatterSeed7() throws IOException {
        var random = new Random(7);
        for (int i = 0; i < 25; i++) {
            Copy whole = copies.get(random.nextInt(copies.size()));
            Map<String, byte[]> torn = new TreeMap<>(whole.files());
            for (int cuts = 0; cuts < 2; cuts++) {
                List<String> names = List.copyOf(torn.keySet());
                String name = names.get(random.nextInt(names.size()));
                byte[] bytes = torn.get(name);
                torn.put(name, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
            }
            open(disk.killedAfter(whole.operations()), torn, fixture -> {
                PartitionLog log = fixture.log(IndexedLog.SETTINGS);
                if (log.status() == Errors.NONE) {
                    content.check(fixture, least(appendedAt, whole.operations()), whole.start(), "torn");
                }
            });
        }
    }

    private interface Look {
        void at(LogFixture fixture) throws IOException;
    }

    private void open(RecordedDisk log, Map<String, byte[]> index, Look look) throws IOException {
        Path state = Files.createDirectories(temp.resolve("state"));
        Files.createDirectories(state.resolve("orders-0"));
        List<Path> files = new ArrayList<>(log.list(data.resolve("orders-0")));
        files.addAll(log.list(data));
        for (Path path : files) {
            if (path.toString().endsWith(".log")
                    || path.getFileName().toString().matches("partition.*|log-start.*")) {
                try (DiskFile file = log.open(path)) {
                    ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
                    file.read(bytes, 0);
                    Files.write(state.resolve(data.relativize(path)), bytes.array());
                }
            }
        }
        if (!index.isEmpty()) {
            Files.createDirectories(state.resolve("index"));
        }
        for (Map.Entry<String, byte[]> file : index.entrySet()) {
            Files.write(state.resolve("index").resolve(file.getKey()), file.getValue());
        }
        var fixture = new LogFixture(Disk.system(), state);
        look.at(fixture);
        fixture.close();
        DamagedIndexTest.delete(state);
    }

    /** Operations on the log, the index by then, and the log start that was answered by then. */
    private record State(int operations, Map<String, byte[]> index, long start) {}

    /** Between one copy of the index and the next: before its flush or during it, which comes after what it speaks of. */
    private State someState(Random random) {
        int now = random.nextInt(copies.size() - 1);
        Copy from = copies.get(now);
        int to = copies.get(now + 1).operations();
        return random.nextBoolean()
                ? new State(from.operations() + random.nextInt(to - from.operations() + 1), from.files(), from.start())
                : new State(to, underWay(now, random), from.start());
    }

    /**
     * During a flush tables are written and synced one after the other, then the manifest grows. If tables were merged as well,
     * some that a half-grown manifest names are deleted by now, and were not then: the manifest is whole or as it was.
     */
    private Map<String, byte[]> underWay(int now, Random random) {
        Map<String, byte[]> before = copies.get(now).files();
        Map<String, byte[]> after = copies.get(now + 1).files();
        boolean merged = !after.keySet().containsAll(before.keySet());
        Map<String, byte[]> left = new TreeMap<>(before);
        List<String> grown = new ArrayList<>();
        after.forEach((name, bytes) -> {
            if (!Arrays.equals(bytes, before.get(name))) {
                grown.add(name);
            }
        });
        grown.sort((a, b) -> Boolean.compare(a.startsWith("MANIFEST"), b.startsWith("MANIFEST")));
        int whole = random.nextInt(grown.size() + 1);
        for (int i = 0; i < Math.min(grown.size(), whole + 1); i++) {
            String name = grown.get(i);
            byte[] bytes = after.get(name);
            byte[] had = before.getOrDefault(name, new byte[0]);
            int length = i < whole ? bytes.length : had.length + random.nextInt(bytes.length - had.length + 1);
            if (merged && name.startsWith("MANIFEST") && length < bytes.length) {
                length = had.length;
            }
            left.put(name, Arrays.copyOf(bytes, length));
        }
        return left;
    }

    /** Again and again until nothing has changed meanwhile: RocksDB merges its files when it likes. */
    private void copyIndex() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (Map<Path, Long> sizes = Map.of(); !sizes.equals(indexFiles()) || files.isEmpty(); ) {
            sizes = indexFiles();
            files.clear();
            try {
                for (Path path : sizes.keySet()) {
                    files.put(path.getFileName().toString(), Files.readAllBytes(path));
                }
            } catch (NoSuchFileException e) {
                files.clear();
            }
        }
        copies.add(new Copy(disk.operations(), least(startedAt, disk.operations()), files));
    }

    private Map<Path, Long> indexFiles() throws IOException {
        Map<Path, Long> sizes = new TreeMap<>();
        for (Path path : Disk.system().list(data.resolve("index"))) {
            String name = path.getFileName().toString();
            long size = path.toFile().length();
            if (!name.contains("LOG") && size > 0) {
                sizes.put(path, size);
            }
        }
        return sizes;
    }

    private static int least(List<int[]> marks, int operations) {
        int least = 0;
        for (int[] mark : marks) {
            if (mark[0] <= operations) {
                least = Math.max(least, mark[1]);
            }
        }
        return least;
    }
}
