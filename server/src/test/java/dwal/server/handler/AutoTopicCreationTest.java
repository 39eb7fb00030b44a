package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.StandardError;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoTopicCreationTest {
    private static final int REQUESTS = 10;
    private static final int NAMES = 20;

    @Test
    void aFewLinesTellOfTopicsThatCannotBeCreatedAndWhoAskedForThem(@TempDir Path directory) throws Exception {
        try (var cluster = new TestCluster(directory, Map.of("default.replication.factor", "3"))) {
            String told = StandardError.of(() -> {
                for (int i = 0; i < REQUESTS; i++) {
                    MetadataResponseData answer = cluster.ask(ApiKeys.METADATA, 13, "PLAINTEXT", newNames(i));
                    assertThat(answer.topics())
                            .hasSize(NAMES)
                            .allMatch(topic -> topic.errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
                }
            });

            List<String> lines = told.lines()
                    .filter(line -> line.contains("was not created"))
                    .toList();
            assertThat(lines)
                    .hasSizeBetween(1, 10)
                    .allSatisfy(line -> assertThat(line)
                            .contains(
                                    "127.0.0.1 on listener PLAINTEXT",
                                    "INVALID_REPLICATION_FACTOR",
                                    "dwal.refused",
                                    "new-0"));
        }
    }

    private static MetadataRequestData newNames(int request) {
        List<MetadataRequestTopic> topics = IntStream.range(0, NAMES)
                .mapToObj(i -> new MetadataRequestTopic().setName("new-" + request + "-" + i))
                .toList();
        return new MetadataRequestData().setTopics(topics).setAllowAutoTopicCreation(true);
    }
}
