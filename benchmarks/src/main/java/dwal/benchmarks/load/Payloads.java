package dwal.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** A pool of ready-made record values of one size, the same in every run (fixed seed). Nobody changes them. Any thread. */
public final class Payloads {
    private static final int POOL = 4096;
    private static final int SEED = 7;
    private static final String[] KINDS = {"page_view", "add_to_cart", "checkout", "search", "login", "heartbeat"};
    private static final String[] WORDS = {
        "alpha", "beta", "gamma", "delta", "order", "user", "item", "price", "total", "north", "south", "east", "west",
        "red", "blue"
    };

    private final byte[][] values;

    private Payloads(byte[][] values) {
        this.values = values;
    }

    /** Random bytes: nothing for a compressor to find. */
    static Payloads random(int size) {
        Random random = new Random(SEED);
        byte[][] values = new byte[POOL][size];
        for (byte[] value : values) {
            random.nextBytes(value);
        }
        return new Payloads(values);
    }

    /** Event-like JSON of exactly the size asked for: repeated field names, varied values. */
    public static Payloads json(int size) {
        Random random = new Random(SEED);
        byte[][] values = new byte[POOL][];
        for (int i = 0; i < POOL; i++) {
            values[i] = event(random, size).getBytes(StandardCharsets.US_ASCII);
        }
        return new Payloads(values);
    }

    /** The value of the {@code n}th record: the pool over and over. */
    public byte[] value(long n) {
        return values[(int) (n % POOL)];
    }

    int valueBytes() {
        return values[0].length;
    }

    private static String event(Random random, int size) {
        StringBuilder text = new StringBuilder(size + 64);
        text.append("{\"event_id\":\"").append(hex(random, 32));
        text.append("\",\"type\":\"").append(KINDS[random.nextInt(KINDS.length)]);
        text.append("\",\"timestamp\":").append(1_700_000_000_000L + random.nextInt(1 << 30));
        text.append(",\"user_id\":").append(random.nextInt(10_000_000));
        text.append(",\"visit\":\"").append(hex(random, 16)).append("\",\"ip\":\"10");
        for (int i = 0; i < 3; i++) {
            text.append('.').append(random.nextInt(256));
        }
        text.append("\",\"items\":[");
        while (text.length() < size - 160) {
            item(text, random);
        }
        text.append("{}],\"note\":\"");
        while (text.length() < size - 2) {
            text.append(word(random)).append(' ');
        }
        text.setLength(size - 2);
        return text.append("\"}").toString();
    }

    private static void item(StringBuilder text, Random random) {
        text.append("{\"sku\":\"").append(hex(random, 8));
        text.append("\",\"name\":\"").append(word(random)).append(' ').append(word(random));
        text.append("\",\"qty\":").append(1 + random.nextInt(9));
        text.append(",\"price\":").append(random.nextInt(100_000) / 100.0).append("},");
    }

    private static String word(Random random) {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private static String hex(Random random, int digits) {
        StringBuilder text = new StringBuilder(digits);
        for (int i = 0; i < digits; i++) {
            text.append("0123456789abcdef".charAt(random.nextInt(16)));
        }
        return text.toString();
    }
}
