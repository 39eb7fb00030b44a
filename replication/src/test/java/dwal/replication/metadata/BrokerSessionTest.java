package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BrokerSessionTest {
    private long nowMs = 1_000_000;
    private long appliedOffset = 99;
    private final BrokerSession session = new BrokerSession(() -> nowMs * 1_000_000, () -> appliedOffset, 9_000);

    @Test
    void nothingIsCertainBeforeTheFirstHeartbeat() {
        assertThat(session.isCertain()).isFalse();
    }

    @Test
    void itIsCertainForASessionFromWhenTheHeartbeatWasSent() {
        long sent = session.now();
        nowMs += 1_000;
        session.acknowledged(sent);
        nowMs += 7_999;
        assertThat(session.isCertain()).isTrue();
        nowMs += 1;
        assertThat(session.isCertain()).isFalse();
    }

    @Test
    void heartbeatsProlongIt() {
        for (int i = 0; i < 10; i++) {
            session.acknowledged(session.now());
            nowMs += 2_000;
            assertThat(session.isCertain()).isTrue();
        }
    }

    @Test
    void afterAGapItIsCertainWhenAllIsAppliedThatWasCommittedWhenItWasBack() {
        session.acknowledged(session.now());
        assertThat(session.needsEnd()).isFalse();
        nowMs += 20_000;
        session.acknowledged(session.now());
        assertThat(session.needsEnd()).isTrue();
        heartbeat();
        assertThat(session.isCertain()).isFalse();

        session.learnedEnd(session.now(), 110);

        assertThat(session.needsEnd()).isFalse();
        heartbeat();
        assertThat(session.isCertain()).isFalse();
        appliedOffset = 108;
        assertThat(session.isCertain()).isFalse();
        appliedOffset = 109;
        assertThat(session.isCertain()).isTrue();
    }

    @Test
    void whatWasAskedBeforeAGapSaysNothingAboutIt() {
        session.acknowledged(session.now());
        nowMs += 20_000;
        session.acknowledged(session.now());
        long asked = session.now();
        nowMs += 20_000;
        session.acknowledged(session.now());

        session.learnedEnd(asked, 50);

        assertThat(session.needsEnd()).isTrue();
        assertThat(session.isCertain()).isFalse();
    }

    private void heartbeat() {
        nowMs += 2_000;
        session.acknowledged(session.now());
    }
}
