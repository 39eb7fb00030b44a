package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.replication.Replicated.Next;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How a fetcher speaks with a leader, and what it does with answers: against a leader that the test plays. */
class ReplicaFetcherTest {
    private static final int LEADER = 2;
    private static final int EPOCH = 5;
    private static final int SESSION = 77;
    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final ReplicationSettings SETTINGS = ReplicationSettings.defaults();

    private final ManualWorld world = new ManualWorld();
    private final TestReplicas cluster = new TestReplicas();
    private final TestLine line = new TestLine();
    private final ReplicaFetcher fetcher =
            new ReplicaFetcher(TestReplicas.NODE, LEADER, cluster, line, world, SETTINGS);

    @Test
    void theFirstRequestOpensASessionWithAllPartitionsAndTheNextNamesOnlyWhatHasChanged() {
        Copy zero = follow(0);
        answer(said(0));
        Copy one = follow(1);
        // The long poll for partition 0 is under way: partition 1 comes with the next.
        assertThat(line.fetch().sessionEpoch()).isEqualTo(1);
        answer();

        FetchRequestData next = line.fetch();
        assertThat(next.sessionId()).isEqualTo(SESSION);
        assertThat(next.sessionEpoch()).isEqualTo(2);
        assertThat(named(next)).containsExactly(1);
        assertThat(zero.taken).hasSize(1);
        assertThat(one.taken).isEmpty();
    }

    @Test
    void aFetcherThatIsClosedTriesNothingAgainAndTakesNothingMore() {
        Copy zero = follow(0);
        answer(said(0));
        fetcher.close();
        line.fail();
        assertThat(world.timers()).as("no other attempt").isZero();
        assertThat(zero.taken).hasSize(1);
        assertThat(line.sent).isEmpty();
    }

    @Test
    void aRequestSaysWhoFetchesFromWhereInWhichEpochs() {
        Copy zero = copy(0);
        zero.next = new Next.Fetch(42, 4, 7, EPOCH);
        fetcher.add(zero, EPOCH);

        FetchRequestData request = line.fetch();
        assertThat(request.replicaState().replicaId()).isEqualTo(TestReplicas.NODE);
        assertThat(request.replicaState().replicaEpoch()).isEqualTo(11);
        FetchPartition wanted = request.topics().get(0).partitions().get(0);
        assertThat(wanted.fetchOffset()).isEqualTo(42);
        assertThat(wanted.lastFetchedEpoch()).isEqualTo(4);
        assertThat(wanted.logStartOffset()).isEqualTo(7);
        assertThat(wanted.currentLeaderEpoch()).isEqualTo(EPOCH);
    }

    @Test
    void theNextRequestWaitsUntilAllPartitionsOfTheAnswerHaveStoredWhatCame() {
        Copy zero = copy(0);
        zero.slow = true;
        fetcher.add(zero, EPOCH);
        zero.store();
        answer(said(0));
        assertThat(line.sent).as("not stored").isEmpty();

        zero.store();
        assertThat(named(line.fetch())).containsExactly(0);
        assertThat(line.released).isEqualTo(1);
    }

    @Test
    void aPartitionThatIsNoLongerFollowedIsForgottenInTheSession() {
        follow(0);
        Copy one = follow(1);
        answer(said(0));
        answer(said(1));

        fetcher.remove(one, EPOCH);
        answer();

        FetchRequestData next = line.fetch();
        assertThat(next.forgottenTopicsData())
                .singleElement()
                .satisfies(topic -> assertThat(topic.partitions()).containsExactly(1));
    }

    @Test
    void anAnswerForAPartitionThatIsNoLongerFollowedIsDropped() {
        Copy zero = follow(0);
        follow(1);
        answer();
        fetcher.remove(zero, EPOCH);

        answer(said(0));

        assertThat(zero.taken).isEmpty();
    }

    @Test
    void aSessionThatTheLeaderHasLostIsOpenedAnewAtOnce() {
        follow(0);
        answer(said(0));

        line.answer(new FetchResponseData().setErrorCode(Errors.FETCH_SESSION_ID_NOT_FOUND.code()));

        FetchRequestData next = line.fetch();
        assertThat(next.sessionId()).isZero();
        assertThat(next.sessionEpoch()).isZero();
        assertThat(named(next)).containsExactly(0);
    }

    @Test
    void aLeaderThatKeepsNoSessionIsAskedForAllPartitionsEachTime() {
        follow(0);
        line.answer(response(0, said(0)));

        FetchRequestData next = line.fetch();
        assertThat(next.sessionEpoch()).isZero();
        assertThat(named(next)).containsExactly(0);
    }

    @Test
    void afterAFailedRequestItPausesAndBeginsANewSession() {
        follow(0);
        answer(said(0));

        line.fail();
        assertThat(line.sent).isEmpty();
        world.pass(SETTINGS.fetchBackoffMs());

        assertThat(line.fetch().sessionEpoch()).isZero();
        assertThat(line.fetch().sessionId()).as("the one to end").isEqualTo(SESSION);
    }

    @Test
    void aPartitionThatWentWrongPausesAndTheOthersDoNot() {
        Copy zero = follow(0);
        follow(1);
        answer();
        answer();
        zero.next = Next.RETRY;
        answer(said(0).setErrorCode(Errors.UNKNOWN_LEADER_EPOCH.code()));

        FetchRequestData without = line.fetch();
        assertThat(without.forgottenTopicsData())
                .singleElement()
                .satisfies(topic -> assertThat(topic.partitions()).containsExactly(0));
        zero.next = zero.at(0);
        world.pass(SETTINGS.fetchBackoffMs());
        answer();
        assertThat(named(line.fetch())).containsExactly(0);
    }

    @Test
    void pausesGrowFromShortOnesToTheBackoff() {
        Copy zero = follow(0);
        List<Integer> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pauses.add(pauseAfterError(zero));
        }
        assertThat(pauses).containsExactly(20, 40, 80, 160, 320, 640, 1000, 1000);

        answer(said(0));
        assertThat(pauseAfterError(zero)).isEqualTo(20);
    }

    private int pauseAfterError(Copy copy) {
        copy.next = Next.RETRY;
        answer(said(0).setErrorCode(Errors.UNKNOWN_LEADER_EPOCH.code()));
        copy.next = copy.at(0);
        int pause = 0;
        while (line.sent.isEmpty()) {
            world.pass(1);
            pause++;
        }
        return pause;
    }

    @Test
    void aPartitionThatSpeaksTwiceIsHeardOnce() {
        Copy zero = follow(0);
        Copy one = follow(1);
        answer();
        answer();
        zero.slow = true;
        one.slow = true;
        answer(said(0), said(1));

        zero.store();
        zero.storeAgain();

        assertThat(line.sent).as("partition 1 has not stored").isEmpty();
        one.store();
        assertThat(line.sent).hasSize(1);
    }

    @Test
    void outsideTheLeadersLogItAsksWhereThatEndsAndStarts() {
        Copy zero = follow(0);
        answer();
        zero.next = new Next.AskOffsets(100, EPOCH);

        answer(said(0).setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code()));
        offset(200);
        offset(150);

        assertThat(zero.startedOver).containsExactly(150L, 200L);
    }

    @Test
    void outsideALeadersLogThatEndsBeforeOursItDoesNotAskWhereThatStarts() {
        Copy zero = follow(0);
        answer();
        zero.next = new Next.AskOffsets(100, EPOCH);

        answer(said(0).setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code()));
        offset(50);

        assertThat(zero.startedOver).containsExactly(-1L, 50L);
    }

    @Test
    void anOlderEpochDoesNotReplaceANewerOneNorRemoveIt() {
        Copy old = copy(0);
        Copy fresh = copy(0);
        fetcher.add(fresh, EPOCH + 1);
        fetcher.add(old, EPOCH);
        fetcher.remove(old, EPOCH);
        answer(said(0));

        assertThat(old.taken).isEmpty();
        assertThat(fresh.taken).hasSize(1);
    }

    @Test
    void theLineIsCutWhenNothingIsFollowedAnyMore() {
        Copy zero = follow(0);
        answer(said(0));
        fetcher.remove(zero, EPOCH);
        assertThat(line.closed).as("a request is under way").isZero();

        answer();

        assertThat(line.closed).isEqualTo(1);
        assertThat(line.sent).isEmpty();
    }

    // ---- the leader that the test plays

    private Copy copy(int partition) {
        return new Copy(new TopicIdPartition(TOPIC, partition, "topic"));
    }

    private Copy follow(int partition) {
        Copy copy = copy(partition);
        fetcher.add(copy, EPOCH);
        return copy;
    }

    private void answer(PartitionData... said) {
        line.answer(response(SESSION, said));
    }

    private static FetchResponseData response(int session, PartitionData... said) {
        var response = new FetchResponseData().setSessionId(session);
        if (said.length > 0) {
            response.responses()
                    .add(new FetchableTopicResponse().setTopicId(TOPIC).setPartitions(List.of(said)));
        }
        return response;
    }

    @Test
    void errorsOfOneLeaderAreToldInOneLineUntilAllIsWellAgain() {
        for (int i = 0; i < 5; i++) {
            follow(i);
        }
        answer(said(0));
        answer();
        answer();
        assertThat(logged(() -> answer(failed(0), failed(1), failed(2), failed(3)))
                        .lines())
                .singleElement()
                .asString()
                .contains("WARN", "Node 2", "topic-0, topic-1, topic-2 and 1 more");
        assertThat(logged(() -> {
                    answer(failed(4), failed(0), said(1));
                    answer(failed(1), said(0));
                }))
                .isEmpty();
        answer(said(0), said(1), said(2), said(3), said(4));
        assertThat(logged(() -> answer(failed(3)))).contains("topic-3");
    }

    private static PartitionData failed(int partition) {
        return said(partition).setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
    }

    private static String logged(Runnable doing) {
        PrintStream console = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            doing.run();
        } finally {
            System.setErr(console);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static PartitionData said(int partition) {
        return new PartitionData().setPartitionIndex(partition).setHighWatermark(0);
    }

    private void offset(long offset) {
        var topic = new ListOffsetsTopicResponse().setName("topic");
        topic.partitions().add(new ListOffsetsPartitionResponse().setOffset(offset));
        line.answer(ApiKeys.LIST_OFFSETS, new ListOffsetsResponseData().setTopics(List.of(topic)));
    }

    private static List<Integer> named(FetchRequestData request) {
        return request.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(FetchPartition::partition)
                .toList();
    }

    /** This node's copy of a partition, which stores at once, or when the test says so. */
    private static final class Copy implements Replicated {
        private final TopicIdPartition id;
        final List<PartitionData> taken = new ArrayList<>();
        final List<Long> startedOver = new ArrayList<>();
        final Map<String, Consumer<Next>> waiting = new HashMap<>();

        @Nullable
        Consumer<Next> last;

        Next next;
        boolean slow;

        Copy(TopicIdPartition id) {
            this.id = id;
            this.next = at(0);
        }

        Next at(long offset) {
            return new Next.Fetch(offset, -1, 0, EPOCH);
        }

        void store() {
            Consumer<Next> done = waiting.remove("done");
            last = done;
            done.accept(next);
        }

        void storeAgain() {
            last.accept(next);
        }

        private void answer(Consumer<Next> done) {
            if (slow) {
                waiting.put("done", done);
            } else {
                done.accept(next);
            }
        }

        @Override
        public TopicIdPartition id() {
            return id;
        }

        @Override
        public void position(int leaderEpoch, Consumer<Next> done) {
            answer(done);
        }

        @Override
        public void replicate(
                int leaderEpoch, long asked, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done) {
            taken.add(said);
            answer(done);
        }

        @Override
        public void startOver(int leaderEpoch, long start, long end, Consumer<Next> done) {
            startedOver.add(start);
            startedOver.add(end);
            done.accept(at(end));
        }
    }
}
