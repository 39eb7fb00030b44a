package dwal.server.handler;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.coordinator.FakeConnection;
import dwal.coordinator.GroupNode;
import dwal.coordinator.Groups;
import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(Lifecycle.PER_CLASS)
class GroupHandlersTest {
    private final GroupNode node = new GroupNode();
    private ApiTable table;

    @BeforeAll
    void start() {
        node.start();
        ApiTable.Builder builder = ApiTable.builder();
        new GroupApis(node.groups(), () -> node.metadata().image(), group -> true, () -> {}, Clock.system())
                .addTo(builder);
        table = builder.build();
    }

    @AfterAll
    void close() {
        node.close();
    }

    @SuppressWarnings("unchecked")
    private ApiMessage ask(ApiKeys key, int version, ApiMessage request) {
        var handler = (Handler<ApiMessage>) table.entry(key).handler();
        var handling = handler.handle(FakeConnection.request(key, version), request);
        // A group waits a little for its first members, on the virtual clock.
        return node.time().advanceUntil(handling.toCompletableFuture());
    }

    static Stream<Arguments> everyVersion() {
        return Stream.of(
                        ApiKeys.FIND_COORDINATOR,
                        ApiKeys.JOIN_GROUP,
                        ApiKeys.SYNC_GROUP,
                        ApiKeys.HEARTBEAT,
                        ApiKeys.LEAVE_GROUP,
                        ApiKeys.OFFSET_COMMIT,
                        ApiKeys.OFFSET_FETCH,
                        ApiKeys.OFFSET_DELETE,
                        ApiKeys.DESCRIBE_GROUPS,
                        ApiKeys.LIST_GROUPS,
                        ApiKeys.DELETE_GROUPS,
                        ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                        ApiKeys.CONSUMER_GROUP_DESCRIBE)
                .flatMap(key -> IntStream.rangeClosed(key.oldestVersion(), key.latestVersion(false))
                        .mapToObj(version -> Arguments.of(key, version)));
    }

    @ParameterizedTest(name = "{0} version {1}")
    @MethodSource("everyVersion")
    void eachVersionIsAnsweredWithSomethingThatCanBeWrittenInIt(ApiKeys key, int version) {
        assertThat(table.entry(key).has((short) version)).isTrue();
        ApiMessage response = ask(key, version, smallest(key, version));
        MessageUtil.toByteBufferAccessor(response, (short) version);
    }

    /** The smallest request that means something: about a group that does not exist. */
    private static ApiMessage smallest(ApiKeys key, int version) {
        return switch (key) {
            case FIND_COORDINATOR ->
                new FindCoordinatorRequestData().setKey("g").setCoordinatorKeys(List.of("g"));
            case JOIN_GROUP -> joining("", "smallest-" + version);
            case SYNC_GROUP ->
                new SyncGroupRequestData()
                        .setGroupId("g")
                        .setProtocolType("consumer")
                        .setProtocolName("range");
            case DESCRIBE_GROUPS -> new DescribeGroupsRequestData().setGroups(List.of("g"));
            case DELETE_GROUPS -> new DeleteGroupsRequestData().setGroupsNames(List.of("g", "g"));
            case CONSUMER_GROUP_DESCRIBE -> new ConsumerGroupDescribeRequestData().setGroupIds(List.of("g"));
            case OFFSET_FETCH ->
                new OffsetFetchRequestData()
                        .setGroupId("g")
                        .setGroups(List.of(new OffsetFetchRequestGroup().setGroupId("g")));
            default -> key.messageType.newRequest();
        };
    }

    private static JoinGroupRequestData joining(String memberId, String group) {
        var protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(subscription()));
        return new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setProtocolType("consumer")
                .setProtocols(protocols)
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(10_000);
    }

    private static byte[] subscription() {
        ByteBuffer bytes = ConsumerProtocol.serializeSubscription(new Subscription(List.of("orders")));
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }

    @Test
    void aProtocolNameIsNeverNullInOldVersionsAndNeverEmptyInNewOnes() {
        var old = (JoinGroupResponseData) ask(ApiKeys.JOIN_GROUP, 6, joining("no-such-member", "names"));
        assertThat(old.errorCode()).isEqualTo(Errors.UNKNOWN_MEMBER_ID.code());
        assertThat(old.protocolName()).isEmpty();
        var young = (JoinGroupResponseData) ask(ApiKeys.JOIN_GROUP, 9, joining("no-such-member", "names"));
        assertThat(young.protocolName()).isNull();
    }

    @Test
    void anEmptyGroupIdIsInvalid() {
        var response = (JoinGroupResponseData) ask(ApiKeys.JOIN_GROUP, 9, joining("", ""));
        assertThat(response.errorCode()).isEqualTo(Errors.INVALID_GROUP_ID.code());
    }

    @Test
    void syncWithoutAProtocolIsRefusedSinceVersionFive() {
        var request = new SyncGroupRequestData().setGroupId("g");
        var handler = new SyncGroupHandler(node.groups());
        assertThat(failure(handler.handle(FakeConnection.request(ApiKeys.SYNC_GROUP, 5), request)))
                .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(answer(handler.handle(FakeConnection.request(ApiKeys.SYNC_GROUP, 4), request))
                        .errorCode())
                .isEqualTo(Errors.UNKNOWN_MEMBER_ID.code());
    }

    /** Else it would have to bring or fetch its assignment within no time at all. */
    @Test
    void aMemberOfVersion0HasItsSessionTimeoutForRebalancesToo() {
        var joining = new AtomicReference<JoinGroupRequestData>();
        Groups groups = (Groups) Proxy.newProxyInstance(
                Groups.class.getClassLoader(), new Class<?>[] {Groups.class}, (self, to, what) -> {
                    joining.set((JoinGroupRequestData) what[1]);
                    return CompletableFuture.completedFuture(new JoinGroupResponseData());
                });
        JoinGroupRequestData request = joining("", "old").setRebalanceTimeoutMs(-1); // not in version 0
        var unused = new JoinGroupHandler(groups).handle(FakeConnection.request(ApiKeys.JOIN_GROUP, 0), request);
        assertThat(joining.get().rebalanceTimeoutMs()).isEqualTo(10_000);
    }

    @Test
    void theErrorOfTheOneMemberThatLeavesInAnOldVersionIsTheAnswers() {
        var joined = (JoinGroupResponseData) ask(ApiKeys.JOIN_GROUP, 3, joining("", "leaving"));
        var unknown = (LeaveGroupResponseData) ask(
                ApiKeys.LEAVE_GROUP,
                2,
                new LeaveGroupRequestData().setGroupId("leaving").setMemberId("somebody-else"));
        assertThat(unknown.errorCode()).isEqualTo(Errors.UNKNOWN_MEMBER_ID.code());
        var left = (LeaveGroupResponseData) ask(
                ApiKeys.LEAVE_GROUP,
                2,
                new LeaveGroupRequestData().setGroupId("leaving").setMemberId(joined.memberId()));
        assertThat(left.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(left.members()).isEmpty();
    }

    @Test
    void aGroupThatIsAskedForAgainIsDescribedOnce() {
        var asked = List.of("again", "other", "again");
        var classic = answer(new DescribeGroupsHandler(node.groups())
                .handle(
                        FakeConnection.request(ApiKeys.DESCRIBE_GROUPS),
                        new DescribeGroupsRequestData().setGroups(asked)));
        assertThat(classic.groups()).extracting(group -> group.groupId()).containsExactlyInAnyOrder("again", "other");
        var consumer = answer(new ConsumerGroupDescribeHandler(node.groups())
                .handle(
                        FakeConnection.request(ApiKeys.CONSUMER_GROUP_DESCRIBE),
                        new ConsumerGroupDescribeRequestData().setGroupIds(asked)));
        assertThat(consumer.groups()).extracting(group -> group.groupId()).containsExactlyInAnyOrder("again", "other");
    }

    @Test
    void whatMayBeDoneToAGroupIsToldWhenAsked() {
        ask(ApiKeys.JOIN_GROUP, 3, joining("", "operations"));
        var asking = new DescribeGroupsRequestData().setGroups(List.of("operations"));
        var handler = new DescribeGroupsHandler(node.groups());
        var without = answer(handler.handle(FakeConnection.request(ApiKeys.DESCRIBE_GROUPS), asking));
        assertThat(without.groups().get(0).authorizedOperations()).isEqualTo(Integer.MIN_VALUE);
        asking.setIncludeAuthorizedOperations(true);
        var with = answer(handler.handle(FakeConnection.request(ApiKeys.DESCRIBE_GROUPS), asking));
        // READ 3, DELETE 6, DESCRIBE 8, DESCRIBE_CONFIGS 10, ALTER_CONFIGS 11
        assertThat(with.groups().get(0).authorizedOperations()).isEqualTo(1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11);
    }

    @Test
    void failuresReachTheCallerAsExceptionsThatHaveACode() {
        GroupNode starting = new GroupNode();
        starting.startWithoutMetadata();
        var request = new HeartbeatRequestData().setGroupId("g").setMemberId("m");
        var handling =
                new HeartbeatHandler(starting.groups()).handle(FakeConnection.request(ApiKeys.HEARTBEAT), request);
        try {
            answer(handling);
        } catch (CompletionException e) {
            assertThat(Errors.forException(e)).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        }
        assertThat(handling.toCompletableFuture()).isCompletedExceptionally();
        starting.close();
    }
}
