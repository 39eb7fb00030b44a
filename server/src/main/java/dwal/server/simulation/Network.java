package dwal.server.simulation;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** The network between simulated nodes: delays, drops and doubles messages, and has links that are cut, one way or both. */
final class Network {
    private record Link(int from, int to) {}

    private static final int USUAL_MICROS = 2_000;
    private static final int SLOW_MICROS = 800_000;

    private final VirtualTime time;
    private final Random random;
    private final Set<Link> cut = new HashSet<>();
    private int lossPerMille;
    private int slowPerMille;

    Network(VirtualTime time, Random random) {
        this.time = time;
        this.random = random;
    }

    /** How many of a thousand messages are lost, and how many take long, so that others overtake them. */
    void setWeather(int lossPerMille, int slowPerMille) {
        this.lossPerMille = lossPerMille;
        this.slowPerMille = slowPerMille;
    }

    void cut(int from, int to) {
        cut.add(new Link(from, to));
    }

    void mend(int from, int to) {
        cut.remove(new Link(from, to));
    }

    void mendAll() {
        cut.clear();
        setWeather(0, 0);
    }

    /** Brings a message, which may come late, twice, or never. */
    void send(int from, int to, Runnable delivery) {
        if (cut.contains(new Link(from, to)) || random.nextInt(1_000) < lossPerMille) {
            return;
        }
        time.soon(delayMicros(), () -> {
            if (!cut.contains(new Link(from, to))) {
                delivery.run();
            }
        });
        if (random.nextInt(1_000) < slowPerMille) {
            time.soon(delayMicros(), delivery);
        }
    }

    private int delayMicros() {
        return random.nextInt(1_000) < slowPerMille ? SLOW_MICROS : USUAL_MICROS;
    }
}
