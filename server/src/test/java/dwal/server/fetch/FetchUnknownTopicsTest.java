package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.quota.ClientQuotas;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataDelta;
import org.junit.jupiter.api.Test;

/** Fetch of topics and partitions that are not there, or not any more. */
class FetchUnknownTopicsTest extends FetchHandlerTestCase {
    @Test
    void answersForAnUnknownTopicAtOnce() {
        var request = request(0, -1, 1, LONG_MS, 1 << 20)
                .setTopics(List.of(new FetchTopic()
                        .setTopicId(new Uuid(1, 1))
                        .setPartitions(List.of(new FetchPartition().setPartitionMaxBytes(100)))));

        assertThat(partitionsOf(await(fetch(request))).get(0).errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void waitsForPartitionsThatAreThereThoughOthersAreUnknown() {
        FetchResponseData first = await(fetch(request(0, 0, 1, 50, 1 << 20, 0, 1, PARTITIONS)));
        assertThat(partitionsOf(first))
                .filteredOn(partition -> partition.errorCode() != 0)
                .singleElement()
                .satisfies(partition -> assertThat(partition.partitionIndex()).isEqualTo(PARTITIONS));

        for (int epoch = 1; epoch <= 2; epoch++) {
            CompletableFuture<FetchResponseData> next =
                    fetch(request(first.sessionId(), epoch, 1, LONG_MS, 1 << 20).setTopics(at(1, epoch - 1)));
            assertThat(next).isNotDone();
            append(1, "news");
            assertThat(partitionsOf(await(next)))
                    .extracting(PartitionData::partitionIndex)
                    .contains(1, PARTITIONS);
        }
    }

    @Test
    void tellsAWaitingReaderThatTheTopicIsDeleted() {
        CompletableFuture<FetchResponseData> waiting = fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0));
        assertThat(waiting).isNotDone();

        deleteTopic();

        assertThat(errorsOf(await(waiting))).containsExactly(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    /** As Kafka 4.3.1: a session remembers the name of a topic, and an id is unknown only where it has none. */
    @Test
    void aTopicThatIsDeletedIsAnotherMatterThanAnIdThatWasNeverKnown() {
        List<FetchTopic> never = List.of(new FetchTopic()
                .setTopicId(new Uuid(1, 1))
                .setPartitions(List.of(new FetchPartition().setPartitionMaxBytes(100))));
        FetchRequestData opening = request(0, 0, 1, 0, 1 << 20, 0, PARTITIONS);
        opening.setTopics(
                Stream.concat(opening.topics().stream(), never.stream()).toList());
        FetchResponseData opened = await(fetch(opening));
        assertThat(errorsOf(opened))
                .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_OR_PARTITION);

        deleteTopic();
        for (int epoch = 1; epoch <= 2; epoch++) {
            FetchResponseData next = await(fetch(request(opened.sessionId(), epoch, 1, LONG_MS, 1 << 20)));
            assertThat(errorsOf(next))
                    .containsExactlyInAnyOrder(
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            Errors.UNKNOWN_TOPIC_ID);
        }
        var again = new MetadataDelta.Builder().setImage(image).build();
        again.replay(new TopicRecord().setName("topic").setTopicId(new Uuid(8, 8)));
        again.replay(partition(new Uuid(8, 8), 0));
        apply(again);

        assertThat(errorsOf(await(fetch(request(opened.sessionId(), 3, 1, LONG_MS, 1 << 20)))))
                .as("another topic of that name is none of the session's; it has no partition 1")
                .containsExactlyInAnyOrder(
                        Errors.INCONSISTENT_TOPIC_ID, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_ID);
        assertThat(errorsOf(await(fetch(request(0, -1, 1, LONG_MS, 1 << 20, 0)))))
                .as("without that session")
                .containsExactly(Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void whoMayNotReadATopicDoesNotHearThatItIsDeleted() {
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch(),
                (context, topic) -> !topic.equals("topic"));
        int session = await(fetch(request(0, 0, 1, 0, 1 << 20, 0))).sessionId();

        deleteTopic();

        assertThat(errorsOf(await(fetch(request(session, 1, 1, LONG_MS, 1 << 20)))))
                .containsExactly(Errors.TOPIC_AUTHORIZATION_FAILED);
    }
}
