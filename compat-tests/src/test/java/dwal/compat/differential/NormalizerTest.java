package dwal.compat.differential;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** What is left of an answer is what differs when the answers do, and nothing that differs by nature. */
class NormalizerTest {
    private static final long NOW = System.currentTimeMillis();

    private static JsonNode fetched(MemoryRecords records) {
        PartitionData partition = new PartitionData().setPartitionIndex(0).setRecords(records);
        FetchResponseData answer = new FetchResponseData()
                .setResponses(List.of(new FetchableTopicResponse().setTopic("t").setPartitions(List.of(partition))));
        return tree(answer);
    }

    private static JsonNode tree(FetchResponseData answer) {
        return new Normalizer(id -> Optional.empty(), 9092).normalize(answer, (short) 12);
    }

    private static List<String> differences(MemoryRecords one, MemoryRecords other) {
        return JsonDifference.between(fetched(one), fetched(other), Set.of());
    }

    private static MemoryRecords withValue(String value) {
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(NOW, value.getBytes(UTF_8), null));
    }

    @Test
    void theSameRecordsAreNoDifference() {
        assertThat(differences(Batches.of(3), Batches.of(3))).isEmpty();
        assertThat(differences(MemoryRecords.EMPTY, MemoryRecords.EMPTY)).isEmpty();
    }

    @Test
    void otherValuesOfTheSameLengthAreADifference() {
        assertThat(differences(withValue("aaaa"), withValue("bbbb")))
                .anyMatch(difference -> difference.startsWith(".responses[t].partitions[0].records.batches[].bytes"));
    }

    @Test
    void anyWrongByteOfABatchIsADifference() {
        MemoryRecords right = Batches.idempotent(4711, (short) 1, 7, 1);
        // Without magic (16) and length (8 to 11), which say whether it is a batch at all.
        for (int at = 0; at < right.sizeInBytes(); at++) {
            if (at == 16 || (at >= 8 && at < 12)) continue;
            int wrong = at;
            MemoryRecords changed = Batches.changed(
                    right, false, bytes -> bytes.put(wrong, (byte) (bytes.get(wrong) ^ (wrong == 22 ? 16 : 1))));
            assertThat(differences(right, changed)).as("byte " + at).isNotEmpty();
        }
    }

    @Test
    void aMissingBatchAndAPartOfOneAreDifferences() {
        MemoryRecords two = Batches.two();
        ByteBuffer part = two.buffer().duplicate();
        part.limit(part.limit() - 1);
        assertThat(differences(two, Batches.of(2))).isNotEmpty();
        assertThat(differences(two, MemoryRecords.readableRecords(part)))
                .anyMatch(difference -> difference.contains(".records.cutOff: kafka \"0\""));
    }

    private static MemoryRecords appended(long time, String value) {
        MemoryRecords records = withValue(value);
        records.batches().forEach(batch -> batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, time));
        return records;
    }

    @Test
    void timesOfTheServersClockAreNoDifferenceButTheBytesBesideThemAre() {
        assertThat(differences(appended(NOW, "aaaa"), appended(NOW + 5, "aaaa")))
                .isEmpty();
        assertThat(differences(appended(NOW, "aaaa"), appended(NOW, "bbbb"))).isNotEmpty();
        assertThat(differences(appended(NOW, "aaaa"), appended(0, "aaaa"))).isNotEmpty();
    }

    private static JsonNode listed(long timestamp) {
        ListOffsetsPartitionResponse partition = new ListOffsetsPartitionResponse().setTimestamp(timestamp);
        return new Normalizer(id -> Optional.empty(), 9092)
                .normalize(
                        new ListOffsetsResponseData()
                                .setTopics(List.of(new ListOffsetsTopicResponse()
                                        .setName("t")
                                        .setPartitions(List.of(partition)))),
                        (short) 10);
    }

    @Test
    void timesAboutNowAreAlike() {
        assertThat(listed(NOW - 60_000)).isEqualTo(listed(NOW));
    }

    @Test
    void timesThatATestHasChosenAreCompared() {
        for (long time : new long[] {1_700_000_000_000L, 3_000_000_000_000L, Batches.TIME}) {
            assertThat(listed(time)).isNotEqualTo(listed(time + 1));
        }
    }

    private static JsonNode partitions(int... indexes) {
        List<PartitionData> partitions = IntStream.of(indexes)
                .mapToObj(index -> new PartitionData().setPartitionIndex(index))
                .toList();
        return tree(new FetchResponseData()
                .setResponses(List.of(new FetchableTopicResponse().setTopic("t").setPartitions(partitions))));
    }

    @Test
    void anotherOrderIsADifferenceWhereOrderCounts() {
        assertThat(JsonDifference.between(partitions(2, 0, 1), partitions(0, 2, 1), Set.of("partitions")))
                .containsExactly(".responses[t].partitions in order: kafka [2, 0, 1], here [0, 2, 1]");
        assertThat(JsonDifference.between(partitions(2, 0, 1), partitions(2, 0, 1), Set.of("partitions")))
                .isEmpty();
        assertThat(JsonDifference.between(partitions(2, 0, 1), partitions(0, 2, 1), Set.of("responses")))
                .isEmpty();
    }
}
