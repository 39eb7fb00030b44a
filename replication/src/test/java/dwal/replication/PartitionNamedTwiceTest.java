package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.Peer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An answer that has a partition twice: the second part starts where the first did, and is not for a log that has the first. */
class PartitionNamedTwiceTest {
    private static final TopicIdPartition ID = new TopicIdPartition(new Uuid(7, 7), 0, "orders");

    private final List<FetchRequestData> requests = new ArrayList<>();
    private final List<Consumer<Peer.Answer>> waiting = new ArrayList<>();
    private final List<Consumer<Replicated.Next>> stored = new ArrayList<>();

    private final PartitionController controller = new PartitionController() {
        @Override
        public long brokerEpoch() {
            return 1;
        }

        @Override
        public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
            throw new AssertionError("a follower proposes nothing");
        }
    };

    private final Peer leader = new Peer() {
        @Override
        public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
            requests.add((FetchRequestData) request);
            waiting.add(done);
        }

        @Override
        public void close() {}
    };

    private final Replicated partition = new Replicated() {
        @Override
        public TopicIdPartition id() {
            return ID;
        }

        @Override
        public void position(int leaderEpoch, Consumer<Next> done) {
            done.accept(new Next.Fetch(0, -1, 0, leaderEpoch));
        }

        @Override
        public void replicate(
                int leaderEpoch, long asked, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done) {
            stored.add(done);
        }

        @Override
        public void startOver(int leaderEpoch, long start, long end, Consumer<Next> done) {
            throw new AssertionError("nothing is out of range");
        }
    };

    @Test
    void takesTheFirstAndGoesOnWhenThatIsStored() {
        var world = new ManualWorld();
        var fetcher = new ReplicaFetcher(2, 1, controller, leader, world, ReplicationSettings.defaults());
        fetcher.add(partition, 3);
        waiting.get(0)
                .accept(new Peer.Answer(
                        new FetchResponseData()
                                .setSessionId(9)
                                .setResponses(List.of(new FetchableTopicResponse()
                                        .setTopicId(ID.topicId())
                                        .setPartitions(List.of(new PartitionData(), new PartitionData())))),
                        null,
                        () -> {}));
        assertThat(stored).hasSize(1);
        stored.get(0).accept(new Replicated.Next.Fetch(5, 3, 0, 3));
        assertThat(requests).hasSize(2);
        assertThat(requests.get(1).topics().get(0).partitions().get(0).fetchOffset())
                .isEqualTo(5);
    }
}
