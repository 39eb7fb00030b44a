package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.DELETE_TOPICS;
import static org.apache.kafka.common.protocol.ApiKeys.FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.METADATA;
import static org.apache.kafka.common.protocol.ApiKeys.PRODUCE;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Fetch with limits that are none, by replicas that are none, and of topics that are not what they were. */
@ExtendWith(Comparison.Extension.class)
class FetchDifferenceTest {
    private static final String ABSENT = "absent";
    private static final String SESSION = "session";
    private static final int BY_ID = 13;
    private final Comparison comparison;
    private final String topic;
    private final TestInfo test;

    FetchDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
        topic = test.getTestMethod().orElseThrow().getName();
    }

    private void verdict() {
        comparison.verdict(test.getDisplayName());
    }

    /** A topic of three partitions, the last of them empty. */
    private void fill() {
        comparison.topic(topic, 3);
        for (int i = 0; i < 6; i++) {
            int partition = i % 2;
            comparison.one(
                    "fill",
                    PRODUCE,
                    12,
                    (side, version) -> new ProduceRequestData()
                            .setAcks((short) -1)
                            .setTimeoutMs(10_000)
                            .setTopicData(new TopicProduceDataCollection(List.of(new TopicProduceData()
                                            .setName(topic)
                                            .setTopicId(side.topicId(topic))
                                            .setPartitionData(List.of(new PartitionProduceData()
                                                    .setIndex(partition)
                                                    .setRecords(Batches.of(4)))))
                                    .iterator())));
        }
    }

    private interface Change {
        void to(FetchRequestData request, FetchPartition first);
    }

    private Comparison.Request fetch(List<Integer> partitions, Change change) {
        return (side, version) -> {
            FetchTopic asked = asked(side, topic, partitions);
            FetchRequestData request = request(version, List.of(asked));
            change.to(request, asked.partitions().get(0));
            return request;
        };
    }

    private static FetchTopic asked(Side side, String topic, List<Integer> partitions) {
        return new FetchTopic()
                .setTopic(topic)
                .setTopicId(side.topicId(topic))
                .setPartitions(partitions.stream()
                        .map(each -> new FetchPartition().setPartition(each).setPartitionMaxBytes(1_000_000))
                        .toList());
    }

    private static FetchRequestData request(int version, List<FetchTopic> topics) {
        FetchRequestData request = new FetchRequestData()
                .setMaxWaitMs(100)
                .setMinBytes(0)
                .setMaxBytes(10_000_000)
                .setTopics(topics);
        return version < 15 ? request.setReplicaId(-1) : request;
    }

    @Test
    void lessThanNoBytesAreAnsweredAlike() {
        fill();
        for (int limit : new int[] {-1, -2, Integer.MIN_VALUE}) {
            String few = limit + " bytes ";
            comparison.each(few + "in all", FETCH, fetch(List.of(0, 2, 1), (request, p) -> request.setMaxBytes(limit)));
            comparison.each(few + "of the first", FETCH, fetch(List.of(0, 1), (r, p) -> p.setPartitionMaxBytes(limit)));
            comparison.each(few + "of nothing", FETCH, fetch(List.of(2, 1), (r, p) -> p.setPartitionMaxBytes(limit)));
            comparison.each(
                    few + "in all, of nothing first",
                    FETCH,
                    fetch(List.of(9, 2, 0, 1), (r, p) -> r.setMaxBytes(limit)));
            comparison.each(
                    few + "at the end",
                    FETCH,
                    fetch(List.of(0), (r, p) -> p.setPartitionMaxBytes(limit).setFetchOffset(12)));
            comparison.each(
                    few + "beyond the end",
                    FETCH,
                    fetch(List.of(0), (r, p) -> p.setPartitionMaxBytes(limit).setFetchOffset(13)));
            comparison.each(few + "wanted", FETCH, fetch(List.of(2), (r, p) -> r.setMinBytes(limit)));
        }
        verdict();
    }

    @Test
    void replicasThatAreNoneAreAnsweredAlike() {
        fill();
        for (int id : new int[] {1, 2, Integer.MAX_VALUE, -2, -3, -4, Integer.MIN_VALUE}) {
            String who = "replica " + id;
            by(id, who, List.of(0, 9, 2), (request, partition) -> {});
            for (int epoch : new int[] {0, 5}) {
                by(
                        id,
                        who + " in epoch " + epoch,
                        List.of(0),
                        (r, partition) -> partition.setCurrentLeaderEpoch(epoch));
            }
            by(id, who + " at -9", List.of(0), (r, partition) -> partition.setFetchOffset(-9));
        }
        verdict();
    }

    /** Asked once each: that there is no leader, which elsewhere is waited out, may be the answer here. */
    private void by(int replica, String name, List<Integer> partitions, Change change) {
        for (short version : FETCH.allVersions()) {
            comparison.exchange(name, FETCH, version, side -> {
                FetchRequestData request =
                        (FetchRequestData) fetch(partitions, change).of(side, version);
                if (version < 15) request.setReplicaId(replica);
                else request.setReplicaState(new ReplicaState().setReplicaId(replica));
                return side.call(FETCH, version, request);
            });
        }
    }

    @Test
    void sessionsBeginAlike() {
        fill();
        Change forgets = (request, p) -> request.setForgottenTopicsData(List.of(new ForgottenTopic()
                .setTopic(topic)
                .setTopicId(request.topics().get(0).topicId())
                .setPartitions(List.of(0))));
        for (int epoch : new int[] {0, -1}) {
            String when = "session epoch " + epoch;
            comparison.each(when, FETCH, fetch(List.of(0, 0, 1), (r, p) -> r.setSessionEpoch(epoch)));
            comparison.each(
                    when + ", of nothing",
                    FETCH,
                    fetch(List.of(0), (r, p) -> r.setSessionEpoch(epoch).setTopics(List.of())));
            comparison.each(when + ", of one that it forgets", FETCH, fetch(List.of(0), (request, partition) -> {
                request.setSessionEpoch(epoch);
                forgets.to(request, partition);
            }));
        }
        verdict();
    }

    @Test
    void whatIsNotThereIsAnsweredInTheSameOrder() {
        fill();
        String another = topic + "-2";
        comparison.topic(another, 2);
        comparison.each(
                "the first, the last and one between are not there",
                FETCH,
                (side, version) -> request(
                        version,
                        Stream.of(topic, ABSENT, another)
                                .map(each -> asked(side, each, List.of(7, 1, 8, 0, 9)))
                                .toList()));
        verdict();
    }

    /** As Kafka has it, a session goes on with a name, which is another topic's by then, and so is no id of the old one. */
    @Test
    void aTopicThatWasMadeAnewIsAnsweredAlikeInAnOldSession() {
        for (int version : new int[] {BY_ID - 1, BY_ID, FETCH.latestVersion()}) {
            for (int partitions = 1; partitions <= 2; partitions++) {
                String name = topic + version + partitions;
                led(name, 2);
                next("opened", version, 0, List.of(name, ABSENT));
                delete(name);
                next("deleted", version, 1, List.of());
                led(name, partitions);
                next("made anew", version, 2, List.of());
                next("with the new one, too", version, 3, List.of(name));
                next("as before", version, 4, List.of());
            }
        }
        verdict();
    }

    /** The next request of a session, which adds partitions 0 and 1 of {@code topics}; the first opens it. */
    private void next(String name, int version, int epoch, List<String> topics) {
        comparison.exchange(name + ", version " + version, FETCH, version, side -> {
            FetchRequestData request = request(
                            version,
                            topics.stream()
                                    .map(each -> asked(side, each, List.of(0, 1)))
                                    .toList())
                    .setSessionId(epoch == 0 ? 0 : side.remembered.get(SESSION).intValue())
                    .setSessionEpoch(epoch);
            FetchResponseData answer = (FetchResponseData) side.call(FETCH, (short) version, request);
            if (epoch == 0) side.remembered.put(SESSION, (long) answer.sessionId());
            return answer.setResponses(inOrder(side, answer));
        });
    }

    /** What has news comes first here, in Kafka what was named first. */
    private static List<FetchableTopicResponse> inOrder(Side side, FetchResponseData answer) {
        return answer.responses().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(each -> new FetchableTopicResponse()
                                .setTopic(topic.topic())
                                .setTopicId(topic.topicId())
                                .setPartitions(List.of(each))))
                .sorted(Comparator.comparing((FetchableTopicResponse each) ->
                                side.topicName(each.topicId().toString()).orElse(each.topic()))
                        .thenComparing(each -> each.partitions().get(0).partitionIndex()))
                .toList();
    }

    /** Makes the topic and waits until its partitions have leaders. */
    private void led(String name, int partitions) {
        comparison.topic(name, partitions);
        comparison.one(
                "leaders",
                FETCH,
                BY_ID,
                (side, version) -> request(
                        version,
                        List.of(asked(
                                side,
                                name,
                                IntStream.range(0, partitions).boxed().toList()))));
    }

    private void delete(String name) {
        for (Side side : List.of(comparison.kafka(), comparison.subject())) {
            try {
                var request = new DeleteTopicsRequestData().setTimeoutMs(20_000).setTopicNames(List.of(name));
                side.call(DELETE_TOPICS, (short) 5, request);
            } catch (IOException e) {
                throw new AssertionError("deleting " + name, e);
            }
        }
        var question = new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName(name)));
        comparison.settle(
                name + " to be gone", side -> side.call(METADATA, (short) 12, question), "UNKNOWN_TOPIC_OR_PARTITION");
    }
}
