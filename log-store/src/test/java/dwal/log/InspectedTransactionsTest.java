package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.Producers.Aborted;
import dwal.log.index.LogIndex.Family;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/** What an inspection finds where the index knows other aborted transactions than the log: consumers are told what the index says. */
class InspectedTransactionsTest extends InspectedLogs {
    /** Its transactions are aborted and committed in turn. */
    private static final long IN_TURN = 90;
    /** Its transactions, all aborted, begin before those of the other and end behind them. */
    private static final long LONG = 91;
    /** Its only transaction stays open. */
    private static final long OPEN = 92;

    private final Map<String, Integer> sequences = new HashMap<>();

    @Override
    void write(PartitionLog log, int i) {
        int step = i % 20;
        if (i == BATCHES / 2) {
            data(log, OPEN, i);
        }
        if (step == 1 || step == 3 || step == 11) {
            data(log, IN_TURN, i);
        }
        if (step == 2 || step == 12) {
            data(log, LONG, i);
        }
        if (step == 8 || step == 14) {
            marker(log, IN_TURN, step == 8 ? ControlRecordType.ABORT : ControlRecordType.COMMIT, i);
        }
        if (step == 17) {
            marker(log, LONG, ControlRecordType.ABORT, i);
        }
    }

    private void data(PartitionLog log, long producer, int i) {
        int sequence = sequences.merge(log.partition() + " " + producer, 1, Integer::sum) - 1;
        log.append(Batches.transactional(producer, 0, sequence, "t"), AppendOrigin.CLIENT, i / 20);
    }

    private static void marker(PartitionLog log, long producer, ControlRecordType type, int i) {
        MemoryRecords marker =
                MemoryRecords.withEndTransactionMarker(1_000, producer, (short) 0, new EndTransactionMarker(type, 0));
        log.append(Batches.direct(marker), AppendOrigin.COORDINATOR, i / 20);
    }

    @Test
    void nothingWhereBothAgree() throws Exception {
        assertThat(aborted()).hasSize(6).extracting(Aborted::producerId).contains(IN_TURN, LONG);
        assertThat(verify().damaged()).isZero();
        assertThat(findings).isEmpty();
    }

    @Test
    void oneThatIsMissing() throws Exception {
        Aborted gone = aborted().get(2);
        changeIndex(
                (entries, change) -> change.delete(Family.ABORTED, entries.key().with(gone.markerOffset())));
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0))
                .startsWith(data.resolve("orders-0") + "/")
                .contains(" at position ")
                .contains("(offset " + gone.markerOffset()
                        + "): the index does not know that the transaction of producer " + gone.producerId()
                        + " from offset " + gone.firstOffset() + " on is aborted here")
                .contains("Delete the directory index");
        assertThat(start().status()).as("a start does not notice").isEqualTo(Errors.NONE);
    }

    @Test
    void oneThatWasCommitted() throws Exception {
        // The marker of the committed transaction lies between the second and the third that are aborted.
        long marker = committedMarker();
        put(new Aborted(IN_TURN, marker - 8, marker, marker + 1));
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0))
                .contains("(offset " + marker + "): the index says that a transaction of producer " + IN_TURN)
                .contains("and no transaction is aborted here");
    }

    private long committedMarker() throws Exception {
        List<Long> found = new ArrayList<>();
        dump();
        for (String line : lines) {
            if (line.contains("control") && line.contains("producer " + IN_TURN)) {
                found.add(Long.parseLong(line.replaceFirst("offsets (\\d+).*", "$1")));
            }
        }
        assertThat(found).hasSizeGreaterThan(2);
        return found.get(1);
    }

    @Test
    void oneWithoutMarker() throws Exception {
        put(new Aborted(LONG, 0, 1, 2));
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0))
                .startsWith(
                        segments().get(0) + " (offset 1): no such marker is here: the index says that a transaction of"
                                + " producer " + LONG + " from offset 0 on is aborted at offset 1");
    }

    @Test
    void oneThatBeginsElsewhere() throws Exception {
        Aborted one = aborted().get(1);
        put(new Aborted(one.producerId(), one.firstOffset() + 1, one.markerOffset(), one.lastStableOffset()));
        checkDiffers(one);
    }

    @Test
    void oneOfAnotherProducer() throws Exception {
        Aborted one = aborted().get(1);
        put(new Aborted(OPEN, one.firstOffset(), one.markerOffset(), one.lastStableOffset()));
        checkDiffers(one);
    }

    @Test
    void oneBehindWhichLessIsStable() throws Exception {
        Aborted one = aborted().get(1);
        put(new Aborted(one.producerId(), one.firstOffset(), one.markerOffset(), one.lastStableOffset() + 1));
        checkDiffers(one);
    }

    private void checkDiffers(Aborted here) throws Exception {
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0))
                .contains("(offset " + here.markerOffset() + "): the index says that a transaction of producer ")
                .contains("; but the transaction of producer " + here.producerId() + " from offset "
                        + here.firstOffset() + " on is aborted here");
    }

    @Test
    void whatBeganBeforeTheFirstSegmentIsTakenFromTheIndex() throws Exception {
        PartitionLog log = start();
        Path second = segments().get(1);
        long from = Long.parseLong(second.getFileName().toString().replace(".log", "")) + 5;
        log.deleteRecordsBefore(from, outcome -> assertThat(outcome.error()).isEqualTo(Errors.NONE));
        stop();
        Files.deleteIfExists(data.resolve("orders-0/00000000000000000000.log"));
        assertThat(aborted()).isNotEmpty();
        assertThat(aborted().get(0).firstOffset()).isLessThan(from - 5);
        assertThat(verify().damaged()).isZero();
        assertThat(findings).isEmpty();
    }

    @Test
    void damageBeforeAMarkerIsTheOneFinding() throws Exception {
        Path first = segments().get(0);
        byte[] whole = Files.readAllBytes(first);
        for (int position : positions(whole)) {
            byte[] bytes = whole.clone();
            bytes[position + 65] ^= 1;
            Files.write(first, bytes);
            assertThat(verify().damaged()).as("damage at " + position).isEqualTo(1);
        }
    }

    private void put(Aborted one) throws Exception {
        changeIndex(
                (entries, change) -> change.put(Family.ABORTED, entries.key().with(one.markerOffset()), one.encode()));
    }

    private List<Aborted> aborted() throws Exception {
        List<Aborted> found = new ArrayList<>();
        changeIndex((entries, change) -> entries.each(Family.ABORTED, value -> found.add(Aborted.decode(value))));
        return found;
    }
}
