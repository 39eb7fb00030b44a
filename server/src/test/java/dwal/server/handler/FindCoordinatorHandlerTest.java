package dwal.server.handler;

import static dwal.coordinator.GroupNode.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.coordinator.FakeConnection;
import dwal.coordinator.Metadata;
import dwal.environment.Clock;
import dwal.environment.StandardError;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class FindCoordinatorHandlerTest {
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;

    private final Metadata metadata = Metadata.ofOneNode();
    private final AtomicInteger creations = new AtomicInteger();
    private final FindCoordinatorHandler handler = new FindCoordinatorHandler(
            metadata::image, creations::incrementAndGet, new RefusedTransactions(Clock.system()));

    private FindCoordinatorResponseData ask(int version, FindCoordinatorRequestData request) {
        return answer(handler.handle(FakeConnection.request(ApiKeys.FIND_COORDINATOR, version), request));
    }

    private Coordinator askForOne(int version, byte keyType, String key) {
        var request = new FindCoordinatorRequestData().setKeyType(keyType).setCoordinatorKeys(List.of(key));
        return ask(version, request).coordinators().get(0);
    }

    @Test
    void givesTheLeaderOfTheGroupsPartitionByTheListenerOfTheConnection() {
        metadata.offsetsTopic(50).apply();
        Coordinator coordinator = askForOne(6, GROUP, "g");
        assertThat(coordinator.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(coordinator.errorMessage()).isEmpty();
        assertThat(coordinator.key()).isEqualTo("g");
        assertThat(coordinator.nodeId()).isEqualTo(Metadata.NODE);
        assertThat(coordinator.host()).isEqualTo("broker.test");
        assertThat(coordinator.port()).isEqualTo(9092);
        assertThat(creations).hasValue(0);
    }

    @Test
    void answersManyKeysAtOnce() {
        metadata.offsetsTopic(50).apply();
        var request = new FindCoordinatorRequestData().setKeyType(GROUP).setCoordinatorKeys(List.of("a", "b", "c"));
        assertThat(ask(4, request).coordinators()).extracting(Coordinator::key).containsExactly("a", "b", "c");
    }

    @Test
    void answersOldVersionsAtTheTopLevel() {
        metadata.offsetsTopic(50).apply();
        FindCoordinatorResponseData response = ask(3, new FindCoordinatorRequestData().setKey("g"));
        assertThat(response.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(response.errorMessage()).isEqualTo("NONE");
        assertThat(response.host()).isEqualTo("broker.test");
        assertThat(response.coordinators()).isEmpty();
    }

    @Test
    void makesTheTopicWhenItIsNotThere() {
        Coordinator coordinator = askForOne(6, GROUP, "g");
        assertThat(coordinator.errorCode()).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE.code());
        assertThat(coordinator.nodeId()).isEqualTo(-1);
        assertThat(coordinator.host()).isEmpty();
        assertThat(coordinator.port()).isEqualTo(-1);
        assertThat(creations).hasValue(1);
    }

    @Test
    void transactionsAreRefusedForGoodWithTheReason() {
        Coordinator coordinator = askForOne(6, TRANSACTION, "my-transaction");
        assertThat(coordinator.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
        assertThat(coordinator.errorMessage()).contains("transactional.id");
    }

    @Test
    void librdkafkaIsRefusedTransactionsWithTheErrorAfterWhichItGivesUp() {
        var request = new FindCoordinatorRequestData().setKeyType(TRANSACTION).setKey("my-transaction");
        FindCoordinatorResponseData response = ask(2, request);
        assertThat(response.errorCode()).isEqualTo(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code());
        assertThat(response.errorMessage()).contains("not supported yet", "transactional.id");
    }

    @Test
    void whoWantsTransactionsIsToldInTheLogInAFewLines() throws Exception {
        String log = StandardError.of(() -> {
            for (int i = 0; i < 100; i++) {
                askForOne(6, TRANSACTION, "my-transaction");
            }
        });
        assertThat(log.lines()).hasSizeBetween(1, 10).allMatch(line -> line.contains("transactional producer of "));
        assertThat(log).doesNotContain("my-transaction");
    }

    @Test
    void unknownTypesOfKeysAreRefused() {
        assertThat(askForOne(6, (byte) 2, "g:id:0").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(askForOne(6, (byte) 77, "g").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    }
}
