package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.log.AppendOrigin;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import dwal.server.OneOfTwo;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a leader answers that does not know its high watermark yet, or comes to know it while it searches. One thread. */
class ListOffsetsHandlerTest {
    private static final long RECORD_MS = 1_000;
    private static final short VERSION = 7;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final Queue<Runnable> searches = new ArrayDeque<>();
    private Runnable whileReading = () -> {};
    private OneOfTwo node;
    private ListOffsetsHandler handler;

    @BeforeEach
    void leadWithoutKnowingTheHighWatermark() {
        node = new OneOfTwo(watched(Disk.class, Disk.system()), directory, "topic");
        handler = new ListOffsetsHandler(node.partitions, node::image, searches::add);
        node.led(OneOfTwo.NODE, 0);
        node.append(AppendOrigin.CLIENT, RECORD_MS);
        node.led(OneOfTwo.NODE, 1);
        assertThat(node.partition().log().highWatermark()).isZero();
    }

    @AfterEach
    void end() {
        node.close();
        loop.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(longs = {RECORD_MS, ListOffsetsRequest.MAX_TIMESTAMP, ListOffsetsRequest.LATEST_TIMESTAMP})
    void saysThatItDoesNotKnowYet(long timestamp) {
        assertThat(ask(timestamp).errorCode()).isEqualTo(Errors.OFFSET_NOT_AVAILABLE.code());
    }

    @Test
    void answersThoughTheSearchThrowsWhatNobodyExpects() {
        whileReading = () -> {
            throw new IllegalStateException("a fault that the test asked for");
        };

        CompletableFuture<ListOffsetsResponseData> answer = begin(RECORD_MS);
        assertThatThrownBy(searches.remove()::run).hasMessageContaining("asked for");

        assertThat(answer).isCompleted();
        assertThat(only(answer).errorCode()).isEqualTo(Errors.KAFKA_STORAGE_ERROR.code());
    }

    @ParameterizedTest
    @ValueSource(longs = {RECORD_MS, ListOffsetsRequest.MAX_TIMESTAMP})
    void doesNotTakeWhatItFoundBelowAnOldHighWatermarkForTheAnswer(long timestamp) {
        whileReading = () -> node.otherFetches(1);

        ListOffsetsPartitionResponse answer = ask(timestamp);

        assertThat(node.partition().knowsHighWatermark()).isTrue();
        assertThat(Errors.forCode(answer.errorCode()))
                .as("with offset %d", answer.offset())
                .isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(ask(timestamp).offset()).isZero();
    }

    @Test
    void theLogsStartDoesNotDependOnTheHighWatermark() {
        ListOffsetsPartitionResponse answer = ask(ListOffsetsRequest.EARLIEST_TIMESTAMP);

        assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(answer.offset()).isZero();
    }

    private ListOffsetsPartitionResponse ask(long timestamp) {
        CompletableFuture<ListOffsetsResponseData> answer = begin(timestamp);
        searches.remove().run();
        return only(answer);
    }

    private static ListOffsetsPartitionResponse only(CompletableFuture<ListOffsetsResponseData> answer) {
        return answer.join().topics().get(0).partitions().get(0);
    }

    private CompletableFuture<ListOffsetsResponseData> begin(long timestamp) {
        var topic = new ListOffsetsTopic().setName("topic");
        topic.partitions().add(new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestamp));
        var context = new RequestContext(
                ApiKeys.LIST_OFFSETS, VERSION, 1, "test", new LoopbackConnection("test", "PLAINTEXT", loop));
        return handler.handle(
                        context,
                        new ListOffsetsRequestData()
                                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                                .setTopics(List.of(topic)))
                .toCompletableFuture();
    }

    /** {@code real}, with {@link #whileReading} done before each read of a file. */
    private <T> T watched(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, given) -> {
                    if (real instanceof DiskFile && method.getName().equals("read")) {
                        whileReading.run();
                    }
                    try {
                        Object answer = method.invoke(real, given);
                        return answer instanceof DiskFile file ? watched(DiskFile.class, file) : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
