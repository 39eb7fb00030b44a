package dwal.log.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** An index without files or threads, for simulations: it can tell what a crash would leave of it. One thread. */
public final class MemoryIndex implements LogIndex {
    /** Keys in unsigned order. */
    private static final class Contents {
        private final Map<Family, NavigableMap<byte[], byte[]>> families = new EnumMap<>(Family.class);

        NavigableMap<byte[], byte[]> of(Family family) {
            return families.computeIfAbsent(family, key -> new TreeMap<>(Arrays::compareUnsigned));
        }

        Contents copy() {
            var copy = new Contents();
            families.forEach((family, entries) -> copy.of(family).putAll(entries));
            return copy;
        }
    }

    private Contents flushed = new Contents();
    private final Contents now;
    private final List<Consumer<Contents>> sinceFlush = new ArrayList<>();
    private boolean closed;

    /** An empty one. */
    public MemoryIndex() {
        this(new Contents());
    }

    private MemoryIndex(Contents contents) {
        flushed = contents;
        now = contents.copy();
    }

    /** What a crash leaves: all that was flushed, and of the changes since as many of the first as {@code random} says. */
    public MemoryIndex afterCrash(RandomGenerator random) {
        Contents left = flushed.copy();
        sinceFlush.subList(0, random.nextInt(sinceFlush.size() + 1)).forEach(change -> change.accept(left));
        return new MemoryIndex(left);
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
        return closed ? null : now.of(family).get(key);
    }

    @Override
    public @Nullable Entry floor(Family family, byte[] key, int prefixBytes) {
        Map.Entry<byte[], byte[]> found = closed ? null : now.of(family).floorEntry(key);
        return found != null && Arrays.equals(found.getKey(), 0, prefixBytes, key, 0, prefixBytes)
                ? new Entry(found.getKey(), found.getValue())
                : null;
    }

    @Override
    public void each(Family family, byte[] from, byte[] to, BiConsumer<byte[], byte[]> visitor) {
        if (!closed && Arrays.compareUnsigned(from, to) < 0) {
            now.of(family).subMap(from, to).forEach(visitor);
        }
    }

    @Override
    public Change change() {
        return new Steps();
    }

    @Override
    public boolean flush() {
        if (!closed) {
            flushed = now.copy();
            sinceFlush.clear();
        }
        return !closed;
    }

    @Override
    public void close() {
        closed = true;
    }

    private final class Steps implements Change {
        private final List<Consumer<Contents>> steps = new ArrayList<>();

        @Override
        public Change put(Family family, byte[] key, byte[] value) {
            steps.add(contents -> contents.of(family).put(key, value));
            return this;
        }

        @Override
        public Change delete(Family family, byte[] key) {
            steps.add(contents -> contents.of(family).remove(key));
            return this;
        }

        @Override
        public Change deleteRange(Family family, byte[] from, byte[] to) {
            if (Arrays.compareUnsigned(from, to) < 0) {
                steps.add(contents -> contents.of(family).subMap(from, to).clear());
            }
            return this;
        }

        @Override
        public void commit() {
            if (!closed) {
                Consumer<Contents> whole = contents -> steps.forEach(step -> step.accept(contents));
                whole.accept(now);
                sinceFlush.add(whole);
            }
        }

        @Override
        public void close() {}
    }
}
