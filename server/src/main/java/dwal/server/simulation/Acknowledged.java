package dwal.server.simulation;

import java.util.ArrayList;
import java.util.List;

/** An acknowledged acks=all record is committed, at the offset that its producer was told (promise D1). */
final class Acknowledged implements Rule {
    private record Ack(int partition, long offset, String value) {}

    private final CommittedRecords committed;
    private final List<Ack> fresh = new ArrayList<>();
    private int records;

    Acknowledged(CommittedRecords committed) {
        this.committed = committed;
    }

    /** A producer was told that {@code value} is at {@code offset}. */
    void told(int partition, long offset, String value) {
        fresh.add(new Ack(partition, offset, value));
        records++;
    }

    int records() {
        return records;
    }

    @Override
    public void check(SimulatedCluster cluster) {
        List<Ack> later = new ArrayList<>();
        for (Ack ack : fresh) {
            List<String> known = committed.of(ack.partition);
            if (ack.offset >= known.size() && ack.offset < committed.end(ack.partition)) {
                later.add(ack);
                continue;
            }
            boolean there =
                    ack.offset < known.size() && known.get((int) ack.offset).endsWith(":" + ack.value);
            if (!there) {
                throw Rule.broken("offset " + ack.offset + " of partition " + ack.partition + " was acknowledged as "
                        + ack.value + ", but committed is "
                        + (ack.offset < known.size() ? known.get((int) ack.offset) : "nothing"));
            }
        }
        fresh.clear();
        fresh.addAll(later);
    }
}
