package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all clients together may leave untaken, and what becomes of those that take nothing, and of those that do. */
class UntakenAnswersTest {
    /** That of those that do not take their answers; the honest client asks in another. */
    private static final int GREEDY_VERSION = 3;

    private static final int LIST_GROUPS = 4;
    private static final byte[] REQUEST =
            RawClient.bytes(ApiKeys.LIST_GROUPS, GREEDY_VERSION, 1, new ListGroupsRequestData());
    private static final int SMALL_WINDOW = 64 * 1024;
    private static final int ANSWER_BYTES = 3_000_000;

    private final List<RawClient> clients = new ArrayList<>();
    private ServedApis apis;

    private void serve(NetworkSettings settings) {
        apis = new ServedApis(settings);
        var answer = new ListGroupsResponseData();
        for (int i = 0; i < 100; i++) {
            answer.groups().add(new ListedGroup().setGroupId("g".repeat(ANSWER_BYTES / 100)));
        }
        apis.listGroups = () -> answer;
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        apis.close();
    }

    private RawClient connect() throws IOException {
        RawClient client = apis.connect();
        clients.add(client);
        return client;
    }

    private RawClient connectWithSmallWindow() throws IOException {
        RawClient client = new RawClient(apis.port, SMALL_WINDOW);
        clients.add(client);
        return client;
    }

    /** How many requests of the greedy clients reached their handler. */
    private long served() {
        return apis.contexts.stream()
                .filter(each -> each.apiVersion() == GREEDY_VERSION)
                .count();
    }

    @Test
    void manyClientsThatAskForLargeAnswersAndNeverReadAreClosedAndNobodyElseIs() throws Exception {
        long limit = 10_000_000;
        serve(TestSettings.untaken(limit));
        RawClient honest = connect();
        for (int i = 0; i < 30; i++) {
            RawClient greedy = connectWithSmallWindow();
            long before = served();
            greedy.out.write(REQUEST);
            Await.until("it is answered", () -> served() > before);
            // Two loops may be about to write one more each, and to close as many.
            takeLargeAnswer(honest);
            greedy.out.write(REQUEST);
            assertThat(apis.listeners.answerBytesHeld()).isLessThanOrEqualTo(2 * limit + 4 * ANSWER_BYTES);
        }
        assertThat(served()).as("the second request of most was not read").isLessThan(40);
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
        serve(TestSettings.untaken(limit));
        RawClient first = connectWithSmallWindow();
        first.out.write(REQUEST);
        Await.until("it holds something", () -> apis.listeners.answerBytesHeld() >= ANSWER_BYTES);
        RawClient second = connectWithSmallWindow();
        second.out.write(REQUEST);
        Await.until("both hold too much", () -> apis.listeners.answerBytesHeld() > limit);
        second.out.write(REQUEST);
        second.out.write(REQUEST);
        takeLargeAnswer(connect());
        assertThat(served()).as("nothing more is read from it").isEqualTo(2);

        first.receive();
        for (int i = 0; i < 3; i++) {
            second.receive();
        }
        Await.until("nothing is left", () -> apis.listeners.answerBytesHeld() == 0);
        assertThat(apis.listeners.refusals()).isZero();
    }

    @Test
    void whatIsSentFromFilesIsNotHeldInMemory(@TempDir Path directory) throws Exception {
        serve(TestSettings.untaken(2 * ANSWER_BYTES));
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
