package dwal.server.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;

/**
 * Listeners with clients that are closed in the end. The greedy ones ask for long lists of groups, in an older version than the
 * honest ones.
 */
abstract class ClientsTestCase {
    static final int LIST_GROUPS = 4;
    private static final int GREEDY_VERSION = LIST_GROUPS - 1;
    static final byte[] GREEDY_REQUEST =
            RawClient.bytes(ApiKeys.LIST_GROUPS, GREEDY_VERSION, 1, new ListGroupsRequestData());
    /** Of a group's name in an answer. */
    static final int NAME_BYTES = 30_000;

    static final int SMALL_WINDOW = 64 * 1024;

    final List<RawClient> clients = new ArrayList<>();
    ServedApis apis;

    void serve(NetworkSettings settings) {
        apis = new ServedApis(settings);
    }

    /** Whoever asks for groups is told of {@code count}. */
    void answerWithGroups(int count) {
        var answer = new ListGroupsResponseData();
        for (int i = 0; i < count; i++) {
            answer.groups().add(new ListedGroup().setGroupId("g".repeat(NAME_BYTES)));
        }
        apis.listGroups = () -> answer;
    }

    RawClient connect() throws IOException {
        RawClient client = apis.connect();
        clients.add(client);
        return client;
    }

    RawClient connectWithSmallWindow() throws IOException {
        RawClient client = new RawClient(apis.port, SMALL_WINDOW);
        clients.add(client);
        return client;
    }

    /** How many requests of the greedy clients reached their handler. */
    long servedToGreedy() {
        return apis.contexts.stream()
                .filter(each -> each.apiVersion() == GREEDY_VERSION)
                .count();
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        apis.close();
    }
}
