package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all clients together may leave untaken, and what becomes of those that take nothing, and of those that do. */
class UntakenAnswersTest extends ClientsTestCase {
    private static final int GROUPS = 100;
    private static final int ANSWER_BYTES = GROUPS * NAME_BYTES;

    private void serveLongAnswers(NetworkSettings settings) {
        serve(settings);
        answerWithGroups(GROUPS);
    }

    @Test
    void manyClientsThatAskForLargeAnswersAndNeverReadAreClosedAndNobodyElseIs() throws Exception {
        long limit = 10_000_000;
        serveLongAnswers(TestSettings.untaken(limit));
        RawClient honest = connect();
        for (int i = 0; i < 30; i++) {
            RawClient greedy = connectWithSmallWindow();
            long before = servedToGreedy();
            greedy.out.write(GREEDY_REQUEST);
            Await.until("it is answered", () -> servedToGreedy() > before);
            // Two loops may be about to write one more each, and to close as many.
            takeLargeAnswer(honest);
            greedy.out.write(GREEDY_REQUEST);
            assertThat(apis.listeners.answerBytesHeld()).isLessThanOrEqualTo(2 * limit + 4 * ANSWER_BYTES);
        }
        assertThat(servedToGreedy())
                .as("the second request of most was not read")
                .isLessThan(40);
        assertThat(apis.listeners.refusals()).as("at twice the limit").isPositive();

        // Those that are left are closed for taking nothing, as long as it is too much.
        Await.until("there is room", () -> apis.listeners.answerBytesHeld() <= limit);
        takeLargeAnswer(honest);
        assertThat(honest.socket.isClosed()).isFalse();
    }

    private static void takeLargeAnswer(RawClient honest) throws IOException {
        honest.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, 1, new ListGroupsRequestData());
        honest.receive();
    }

    @Test
    void whoTakesHisAnswersIsReadFromAgain() throws Exception {
        long limit = 5_000_000;
        serveLongAnswers(TestSettings.untaken(limit));
        RawClient first = connectWithSmallWindow();
        first.out.write(GREEDY_REQUEST);
        Await.until("it holds something", () -> apis.listeners.answerBytesHeld() >= ANSWER_BYTES);
        RawClient second = connectWithSmallWindow();
        second.out.write(GREEDY_REQUEST);
        Await.until("both hold too much", () -> apis.listeners.answerBytesHeld() > limit);
        second.out.write(GREEDY_REQUEST);
        second.out.write(GREEDY_REQUEST);
        takeLargeAnswer(connect());
        assertThat(servedToGreedy()).as("nothing more is read from it").isEqualTo(2);

        first.receive();
        for (int i = 0; i < 3; i++) {
            second.receive();
        }
        Await.until("nothing is left", () -> apis.listeners.answerBytesHeld() == 0);
        assertThat(apis.listeners.refusals()).isZero();
    }

    @Test
    void whatIsSentFromFilesIsNotHeldInMemory(@TempDir Path directory) throws Exception {
        serveLongAnswers(TestSettings.untaken(2 * ANSWER_BYTES));
        Path file = Files.write(directory.resolve("records"), new byte[8_000_000]);
        try (var channel = FileChannel.open(file)) {
            apis.records = () -> new KafkaListenersTest.FileSlice(channel, 8_000_000, new AtomicInteger());
            for (int i = 0; i < 4; i++) {
                connectWithSmallWindow().send(ApiKeys.FETCH, 12, 1, new FetchRequestData());
            }
            Await.until("all are under way", () -> apis.listeners.answerBytesHeld() > 0);
            takeLargeAnswer(connect());
            Await.until("no file counts", () -> apis.listeners.answerBytesHeld() < 4 * 1000);
        }
    }
}
