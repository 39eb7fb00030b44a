package dwal.replication;

import dwal.protocol.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** The line to a leader that a test plays: keeps requests until the test answers them. */
final class TestLine implements Peer {
    private record Sent(ApiKeys api, ApiMessage request, Consumer<Answer> done) {}

    final List<Sent> sent = new ArrayList<>();
    int released;
    int closed;

    @Override
    public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
        sent.add(new Sent(api, request, done));
    }

    /** The Fetch request that waits for an answer. */
    FetchRequestData fetch() {
        List<FetchRequestData> fetches = sent.stream()
                .filter(one -> one.request instanceof FetchRequestData)
                .map(one -> (FetchRequestData) one.request)
                .toList();
        if (fetches.size() != 1) {
            throw new AssertionError(fetches.size() + " fetches are under way");
        }
        return fetches.get(0);
    }

    void answer(FetchResponseData response) {
        answer(ApiKeys.FETCH, response);
    }

    void answer(ApiKeys api, ApiMessage response) {
        Sent one = sent.stream().filter(each -> each.api == api).findFirst().orElseThrow();
        sent.remove(one);
        one.done.accept(new Answer(response, null, () -> released++));
    }

    void fail() {
        sent.remove(0).done.accept(Answer.failed("the line broke"));
    }

    @Override
    public void close() {
        closed++;
    }
}
