package dwal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.UnalignedFileRecords;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.requests.RequestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResponseEncoderTest {
    private static final short FETCH_VERSION = 17;

    @TempDir
    Path directory;

    private FileChannel file;
    private byte[] content;

    @BeforeEach
    void writeFile() throws IOException {
        content = new byte[200_000];
        new Random(1).nextBytes(content);
        Path path = directory.resolve("records");
        Files.write(path, content);
        file = FileChannel.open(path, StandardOpenOption.READ);
    }

    @AfterEach
    void closeFile() throws IOException {
        file.close();
    }

    static Stream<ApiKeys> keys() {
        return AllApis.KEYS.stream();
    }

    @ParameterizedTest(name = "{0}, seeds 0 to 9")
    @MethodSource("keys")
    void writesWhatKafkaWritesInEachVersion(ApiKeys key) throws IOException {
        for (short version = key.oldestVersion(); version <= key.latestVersion(false); version++) {
            for (int seed = 0; seed < 10; seed++) {
                ApiMessage body = key.messageType.newResponse();
                byte[] bytes = new RandomMessages(seed).responseBody(key, version);
                body.read(new ByteBufferAccessor(ByteBuffer.wrap(bytes)), version);

                assertThat(encoded(new Response(key, version, seed, body), true))
                        .as("%s version %d seed %d", key, version, seed)
                        .isEqualTo(asKafkaWrites(new Response(key, version, seed, body)));
            }
        }
    }

    @ParameterizedTest(name = "file part of {0} bytes, as file region: {1}")
    @CsvSource({"1,true", "8000,true", "20000,true", "150000,true", "1,false", "20000,false", "150000,false"})
    void sendsSlicesOfFilesAndMemory(int fileBytes, boolean sendFiles) throws IOException {
        var slice = new TestSlice(List.of(
                new RecordsSlice.FilePart(file, 10, fileBytes),
                new RecordsSlice.MemoryPart(ByteBuffer.wrap(content, 5, 30_000)),
                new RecordsSlice.FilePart(file, 100, 40)));
        ByteBuffer records = ByteBuffer.allocate(slice.sizeInBytes())
                .put(content, 10, fileBytes)
                .put(content, 5, 30_000)
                .put(content, 100, 40)
                .flip();

        byte[] sent = encoded(fetched(slice), sendFiles);

        assertThat(sent).isEqualTo(asKafkaWrites(fetched(MemoryRecords.readableRecords(records))));
        assertThat(slice.released).isEqualTo(1);
        assertThat(file.isOpen()).isTrue();
    }

    @Test
    void releasesSlicesOnceWhenTheConnectionDies() {
        var slice = new TestSlice(List.of(new RecordsSlice.FilePart(file, 0, 100_000)));
        var channel = new EmbeddedChannel(new ResponseEncoder(true));
        ChannelFuture sent = channel.write(fetched(slice));
        assertThat(slice.released).isZero();

        channel.close().syncUninterruptibly();

        assertThat(sent.isSuccess()).isFalse();

        assertThat(slice.released).isEqualTo(1);
    }

    @Test
    void releasesSlicesOnceWhenTheAnswerCannotBeEncoded() {
        var slice = new TestSlice(List.of(new RecordsSlice.FilePart(file, 0, 100_000)));
        Response response = fetched(slice);
        var broken =
                new PartitionData().setRecords(new TestSlice(List.of(new RecordsSlice.FilePart(file, 199_999, 9_000))));
        ((FetchResponseData) response.body()).responses().get(0).partitions().add(broken);
        var channel = new EmbeddedChannel(new ResponseEncoder(false));

        assertThat(channel.writeOneOutbound(response).isSuccess()).isFalse();

        assertThat(slice.released).isEqualTo(1);
        assertThat(((TestSlice) broken.records()).released).isEqualTo(1);
    }

    @Test
    void releasesTheSlicesOfAnAnswerThatNobodyWants() {
        var slice = new TestSlice(List.of(new RecordsSlice.FilePart(file, 0, 100)));

        ResponseEncoder.discard(fetched(slice));

        assertThat(slice.released).isEqualTo(1);
    }

    private static Response fetched(BaseRecords records) {
        var partition = new PartitionData().setPartitionIndex(3).setRecords(records);
        var small = new PartitionData().setPartitionIndex(4).setRecords(MemoryRecords.EMPTY);
        var topic = new FetchableTopicResponse();
        topic.partitions().add(partition);
        topic.partitions().add(small);
        var body = new FetchResponseData();
        body.responses().add(topic);
        return new Response(ApiKeys.FETCH, FETCH_VERSION, 77, body);
    }

    @Test
    void recordsOfKafkasOwnFilesAreReadIntoTheAnswer() throws IOException {
        try (FileRecords whole = FileRecords.open(directory.resolve("records").toFile(), false)) {
            Response response = fetched(whole.slice(1_000, 100_000));
            byte[] expected = asKafkaWrites(fetched(MemoryRecords.readableRecords(
                    ByteBuffer.wrap(content, 1_000, 100_000).slice())));
            assertThat(encoded(response, true)).isEqualTo(expected);
            assertThat(encoded(response, false)).isEqualTo(expected);
        }
    }

    @Test
    void partsOfSnapshotsAreReadIntoTheAnswer() throws IOException {
        var part = new FetchSnapshotResponseData.PartitionSnapshot()
                .setUnalignedRecords(new UnalignedFileRecords(file, 5, 70_000));
        var snapshot = new FetchSnapshotResponseData();
        snapshot.topics().add(new FetchSnapshotResponseData.TopicSnapshot().setPartitions(List.of(part)));
        byte[] sent = encoded(new Response(ApiKeys.FETCH_SNAPSHOT, (short) 1, 3, snapshot), true);
        part.setUnalignedRecords(
                new UnalignedMemoryRecords(ByteBuffer.wrap(content, 5, 70_000).slice()));
        assertThat(sent).isEqualTo(asKafkaWrites(new Response(ApiKeys.FETCH_SNAPSHOT, (short) 1, 3, snapshot)));
    }

    private static byte[] encoded(Response response, boolean sendFiles) throws IOException {
        var channel = new EmbeddedChannel(new ResponseEncoder(sendFiles));
        channel.writeOutbound(response);
        ByteBuf sent = Unpooled.buffer();
        for (Object piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
            append(piece, sent);
        }
        channel.finish();
        byte[] bytes = new byte[sent.readableBytes()];
        sent.readBytes(bytes);
        return bytes;
    }

    private static void append(Object piece, ByteBuf sent) throws IOException {
        if (piece instanceof ByteBuf bytes) {
            sent.writeBytes(bytes);
            bytes.release();
        } else if (piece instanceof FileRegion region) {
            var target = new ByteArrayOutputStream();
            assertThat(region.transferTo(Channels.newChannel(target), 0)).isEqualTo(region.count());
            sent.writeBytes(target.toByteArray());
            region.release();
        } else {
            throw new AssertionError("not for a socket: " + piece);
        }
    }

    private static byte[] asKafkaWrites(Response response) {
        ByteBuffer frame = RequestUtils.serialize(
                new ResponseHeaderData().setCorrelationId(response.correlationId()),
                response.apiKey().responseHeaderVersion(response.version()),
                response.body(),
                response.version());
        return ByteBuffer.allocate(Integer.BYTES + frame.remaining())
                .putInt(frame.remaining())
                .put(frame)
                .array();
    }

    private static final class TestSlice implements RecordsSlice {
        private final List<Part> parts;
        private int released;

        private TestSlice(List<Part> parts) {
            this.parts = parts;
        }

        @Override
        public List<Part> parts() {
            return parts;
        }

        @Override
        public void release() {
            released++;
        }

        @Override
        public int sizeInBytes() {
            return parts.stream().mapToInt(Part::length).sum();
        }
    }
}
