package dwal.compat.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.judge.History.Reader;
import dwal.compat.judge.History.Value;
import org.junit.jupiter.api.Test;

/** The judge itself: it must see each kind of fault, and only those. */
class JudgeTest {
    private static final Value A0 = new Value(1, 0, 0);
    private static final Value A1 = new Value(1, 0, 1);
    private static final Value A2 = new Value(1, 0, 2);
    private static final Value B0 = new Value(2, 0, 0);
    private static final Reader READER = new Reader("", "reader");
    private static final Reader MEMBER = new Reader("group", "member, assignment 1");
    private static final Reader LATER = new Reader("group", "member, assignment 2");
    private final History history = new History();

    private void acknowledged(Value... values) {
        for (int i = 0; i < values.length; i++) history.acknowledged(values[i], i);
    }

    private void found(Value... values) {
        for (int i = 0; i < values.length; i++) history.found(0, i, values[i]);
    }

    private void expect(String... kinds) {
        assertThat(Judge.violations(history))
                .extracting(line -> line.replaceAll("[: ].*", ""))
                .containsOnly(kinds);
    }

    @Test
    void aGoodHistoryPasses() {
        acknowledged(A0, B0, A1);
        history.indefinite(A2);
        history.starts(READER, 0, 1);
        history.seen(READER, 0, 1, B0);
        history.seen(READER, 0, 2, A1);
        found(A0, B0, A1, A2);
        assertThat(Judge.violations(history)).isEmpty();
    }

    @Test
    void anIndefiniteRecordMayBeMissing() {
        acknowledged(A0, A1);
        history.indefinite(A2);
        found(A0, A1);
        assertThat(Judge.violations(history)).isEmpty();
    }

    @Test
    void aHistoryWithoutAcknowledgementsFails() {
        history.indefinite(A0);
        found(A0);
        expect("EMPTY");
    }

    @Test
    void aLostRecordIsSeen() {
        acknowledged(A0, A1);
        found(A0);
        expect("LOST");
    }

    @Test
    void aRecordAtAnotherOffsetIsSeen() {
        acknowledged(A0, A1);
        history.indefinite(B0);
        found(A0, B0, A1);
        expect("MOVED");
    }

    @Test
    void aDuplicateIsSeen() {
        acknowledged(A0, A1);
        found(A0, A1, A1);
        expect("DUPLICATE");
    }

    @Test
    void anIndefiniteRecordMayNotBeThereTwice() {
        acknowledged(A0);
        history.indefinite(A1);
        found(A0, A1, A1);
        expect("DUPLICATE");
    }

    @Test
    void aReorderingIsSeen() {
        history.acknowledged(A1, 0);
        history.acknowledged(A0, 1);
        found(A1, A0);
        expect("REORDERED");
    }

    @Test
    void aHoleInTheOffsetsIsSeen() {
        history.acknowledged(A0, 0);
        history.acknowledged(A1, 2);
        history.found(0, 0, A0);
        history.found(0, 2, A1);
        expect("HOLE");
    }

    @Test
    void aRecordThatNobodySentIsSeen() {
        acknowledged(A0);
        found(A0, B0);
        expect("FOREIGN");
    }

    @Test
    void aRecordOfAnotherPartitionIsSeen() {
        acknowledged(A0);
        Value elsewhere = new Value(1, 3, 0);
        history.indefinite(elsewhere);
        found(A0, elsewhere);
        expect("MISPLACED");
    }

    @Test
    void aRecordThatWasReadAndIsGoneIsSeen() {
        acknowledged(A0);
        history.indefinite(A1);
        history.seen(READER, 0, 1, A1);
        found(A0);
        expect("CHANGED");
    }

    @Test
    void aReaderThatStepsOverARecordIsSeen() {
        acknowledged(A0, A1, A2);
        found(A0, A1, A2);
        history.seen(READER, 0, 0, A0);
        history.seen(READER, 0, 2, A2);
        expect("SKIPPED");
    }

    @Test
    void aReaderThatDoesNotBeginWhereItShouldIsSeen() {
        acknowledged(A0, A1, A2);
        found(A0, A1, A2);
        history.starts(READER, 0, 1);
        history.seen(READER, 0, 2, A2);
        expect("SKIPPED");
    }

    @Test
    void aReaderThatGoesBackIsSeen() {
        acknowledged(A0, A1);
        found(A0, A1);
        history.seen(READER, 0, 1, A1);
        history.seen(READER, 0, 0, A0);
        expect("REPEATED");
    }

    @Test
    void aGroupMayReadTwiceWhatItHadNotCommitted() {
        acknowledged(A0, A1);
        found(A0, A1);
        history.starts(MEMBER, 0, 0);
        history.told("group", 0, 0, 0);
        history.seen(MEMBER, 0, 0, A0);
        history.seen(MEMBER, 0, 1, A1);
        history.committed("group", 0, 1, 1);
        history.starts(LATER, 0, 1);
        history.told("group", 0, 1, 2);
        history.seen(LATER, 0, 1, A1);
        history.committed("group", 0, 2, 3);
        assertThat(Judge.violations(history)).isEmpty();
    }

    @Test
    void anAcknowledgedRecordThatNeverReachesAGroupIsSeen() {
        acknowledged(A0, A1);
        found(A0, A1);
        history.seen(READER, 0, 0, A0);
        history.seen(READER, 0, 1, A1);
        history.seen(MEMBER, 0, 0, A0);
        history.committed("group", 0, 2, 0);
        expect("UNDELIVERED");
    }

    @Test
    void aGroupThatCommitsNothingIsSeen() {
        acknowledged(A0);
        found(A0);
        history.seen(MEMBER, 0, 0, A0);
        expect("EMPTY");
    }

    @Test
    void aGroupThatIsToldAnOlderOffsetThanItCommittedIsSeen() {
        acknowledged(A0, A1);
        found(A0, A1);
        history.seen(MEMBER, 0, 0, A0);
        history.seen(MEMBER, 0, 1, A1);
        history.committed("group", 0, 2, 0);
        history.told("group", 0, 1, 1);
        expect("WENT_BACK");
    }

    @Test
    void aCommitOverANewerOneIsSeen() {
        acknowledged(A0, A1);
        found(A0, A1);
        history.seen(MEMBER, 0, 0, A0);
        history.seen(MEMBER, 0, 1, A1);
        history.committed("group", 0, 2, 0);
        history.committed("group", 0, 1, 1);
        expect("WENT_BACK");
    }

    @Test
    void whoAskedBeforeACommitMayBeToldAnOlderOffsetAfterIt() {
        acknowledged(A0, A1);
        found(A0, A1);
        history.seen(MEMBER, 0, 0, A0);
        history.seen(MEMBER, 0, 1, A1);
        history.committed("group", 0, 1, 0);
        int asked = history.groupEvents();
        history.committed("group", 0, 2, 1);
        history.told("group", 0, 1, asked);
        assertThat(Judge.violations(history)).isEmpty();
    }
}
