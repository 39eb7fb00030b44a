package dwal.log.index;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.index.LogIndex.Change;
import dwal.log.index.LogIndex.Entry;
import dwal.log.index.LogIndex.Family;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryIndexTest {
    private static final List<Family> FAMILIES = List.of(Family.OFFSETS, Family.STATE);
    private static final byte[] FIRST = {};
    private static final byte[] LAST = {-1, -1, -1, -1};

    @Test
    void givesWhatRocksDbGivesSeed1(@TempDir Path directory) throws IndexException {
        var random = new Random(1);
        var memory = new MemoryIndex();
        try (LogIndex rocks = LogIndex.open(directory)) {
            for (int i = 0; i < 300; i++) {
                change(memory, rocks, random);
                byte[] key = key(random);
                Family family = FAMILIES.get(random.nextInt(2));
                assertThat(memory.get(family, key)).isEqualTo(rocks.get(family, key));
                assertThat(text(memory.floor(family, key, 1))).isEqualTo(text(rocks.floor(family, key, 1)));
                assertThat(all(memory, family)).isEqualTo(all(rocks, family));
            }
        }
    }

    private static void change(LogIndex one, LogIndex other, Random random) throws IndexException {
        try (Change first = one.change();
                Change second = other.change()) {
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                Family family = FAMILIES.get(random.nextInt(2));
                byte[] key = key(random);
                byte[] more = key(random);
                switch (random.nextInt(6)) {
                    case 0 -> {
                        first.delete(family, key);
                        second.delete(family, key);
                    }
                    case 1 -> {
                        boolean ascend = Arrays.compareUnsigned(key, more) < 0;
                        first.deleteRange(family, ascend ? key : more, ascend ? more : key);
                        second.deleteRange(family, ascend ? key : more, ascend ? more : key);
                    }
                    default -> {
                        first.put(family, key, more);
                        second.put(family, key, more);
                    }
                }
            }
            first.commit();
            second.commit();
        }
    }

    private static byte[] key(Random random) {
        byte[] key = new byte[1 + random.nextInt(3)];
        random.nextBytes(key);
        key[0] = (byte) (random.nextInt(4) * 80);
        return key;
    }

    private static String text(Entry entry) {
        return entry == null ? "nothing" : Arrays.toString(entry.key()) + Arrays.toString(entry.value());
    }

    private static List<String> all(LogIndex index, Family family) throws IndexException {
        List<String> all = new ArrayList<>();
        index.each(family, FIRST, LAST, (key, value) -> all.add(text(new Entry(key, value))));
        return all;
    }

    @Test
    void aCrashLeavesWhatWasFlushedAndSomeOfTheChangesSinceInTheirOrderSeed1() {
        var random = new Random(1);
        Set<List<String>> left = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            var index = new MemoryIndex();
            put(index, 1);
            index.flush();
            put(index, 2);
            put(index, 3);
            left.add(keysOf(index.afterCrash(random)));
        }
        assertThat(left).containsExactlyInAnyOrder(List.of("1"), List.of("1", "2"), List.of("1", "2", "3"));
    }

    private static void put(MemoryIndex index, int key) {
        try (Change change = index.change()) {
            change.put(Family.STATE, new byte[] {(byte) key}, new byte[0]).commit();
        } catch (IndexException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> keysOf(MemoryIndex index) {
        List<String> keys = new ArrayList<>();
        index.each(Family.STATE, FIRST, LAST, (key, value) -> keys.add(Byte.toString(key[0])));
        return keys;
    }
}
