package dwal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dwal.protocol.RequestDecoder.Decoded;
import dwal.protocol.RequestDecoder.NewerApiVersions;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestDecoderTest {
    private static final int OBJECT_BYTES = 1 << 20;
    /** A quarter of the heap that a node has by default. */
    private static final int DEFAULT_OBJECT_BYTES = 64 << 20;

    private static final int ROUNDS = 20;
    private static final ForgottenTopic EMPTY = new ForgottenTopic();

    private final RequestDecoder decoder = new RequestDecoder(AllApis.table(), OBJECT_BYTES);

    private final RequestDecoder controllersDecoder = new RequestDecoder(AllApis.controllerTable(), OBJECT_BYTES);

    static Stream<ApiKeys> keys() {
        return Stream.concat(AllApis.KEYS.stream(), AllApis.CONTROLLER_KEYS.stream());
    }

    private RequestDecoder decoderOf(ApiKeys key) {
        return AllApis.CONTROLLER_KEYS.contains(key) ? controllersDecoder : decoder;
    }

    @ParameterizedTest(name = "{0}, seeds 0 to 19")
    @MethodSource("keys")
    void readsWhatKafkaReadsInEachVersion(ApiKeys key) {
        for (short version = key.oldestVersion(); version <= key.latestVersion(false); version++) {
            for (int seed = 0; seed < ROUNDS; seed++) {
                byte[] body = new RandomMessages(seed).requestBody(key, version);
                ApiMessage expected = key.messageType.newRequest();
                expected.read(new ByteBufferAccessor(ByteBuffer.wrap(body)), version);

                Decoded decoded = decoderOf(key).decode(AllApis.frame(key, version, seed, "client-" + seed, body));

                assertThat(decoded)
                        .as("%s version %d seed %d", key, version, seed)
                        .isInstanceOf(Request.class);
                Request request = (Request) decoded;
                assertThat(request.body()).isEqualTo(expected);
                assertThat(MessageUtil.toByteBufferAccessor(request.body(), version)
                                .buffer())
                        .isEqualTo(MessageUtil.toByteBufferAccessor(expected, version)
                                .buffer());
                assertThat(request.correlationId()).isEqualTo(seed);
                assertThat(request.clientId()).isEqualTo("client-" + seed);
                assertThat(request.version()).isEqualTo(version);
            }
        }
    }

    @ParameterizedTest(name = "{0}, seeds 0 to 19")
    @MethodSource("keys")
    void refusesWhatIsCutOrHasBytesLeftOver(ApiKeys key) {
        short version = key.latestVersion(false);
        for (int seed = 0; seed < ROUNDS; seed++) {
            ByteBuffer frame = AllApis.frame(key, version, 1, "c", new RandomMessages(seed).requestBody(key, version));
            for (int length = 0; length < frame.limit(); length++) {
                assertThat(decoderOf(key).decode(frame.slice(0, length))).isInstanceOf(Refused.class);
            }
            ByteBuffer longer =
                    ByteBuffer.allocate(frame.limit() + 1).put(frame).rewind();
            assertThat(decoderOf(key).decode(longer))
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.reason()).contains("left over"));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void givesAValueForAnyBytes(long seed) {
        var random = new Random(seed);
        var messages = new RandomMessages(random);
        List<ApiKeys> keys = keys().toList();
        for (int i = 0; i < 20_000; i++) {
            ApiKeys key = keys.get(random.nextInt(keys.size()));
            short version =
                    (short) (key.oldestVersion() + random.nextInt(key.latestVersion(false) - key.oldestVersion() + 1));
            byte[] body = messages.requestBody(key, version);
            ByteBuffer frame = AllApis.frame(key, version, i, "c", body);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                frame.put(random.nextInt(frame.limit()), (byte) random.nextInt());
            }
            assertThat(decoderOf(key).decode(frame)).isNotNull();
        }
    }

    @Test
    void readsAHeaderWithATaggedFieldAndWithoutAName() {
        var header = new RequestHeaderData()
                .setRequestApiKey(ApiKeys.API_VERSIONS.id)
                .setRequestApiVersion((short) 3)
                .setCorrelationId(7)
                .setClientId(null);
        header.unknownTaggedFields().add(new RawTaggedField(9, new byte[] {1, 2}));
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, (short) 2).buffer();
        byte[] body = new RandomMessages(1).requestBody(ApiKeys.API_VERSIONS, (short) 3);
        ByteBuffer frame = ByteBuffer.allocate(head.remaining() + body.length)
                .put(head)
                .put(body)
                .flip();

        assertThat(decoder.decode(frame)).isInstanceOfSatisfying(Request.class, request -> {
            assertThat(request.clientId()).isEmpty();
            assertThat(request.correlationId()).isEqualTo(7);
        });
    }

    @Test
    void remembersTheClientsNameOnlyWhileItIsTheSame() {
        byte[] body = new RandomMessages(1).requestBody(ApiKeys.LIST_GROUPS, (short) 0);
        String first = clientIdOf("one", body);

        assertThat(clientIdOf("one", body)).isSameAs(first);
        assertThat(clientIdOf("onE", body)).isEqualTo("onE");
        assertThat(clientIdOf("on", body)).isEqualTo("on");
        assertThat(clientIdOf("", body)).isEmpty();
        assertThat(clientIdOf("one", body)).isEqualTo("one");
    }

    private String clientIdOf(String name, byte[] body) {
        return ((Request) decoder.decode(AllApis.frame(ApiKeys.LIST_GROUPS, (short) 0, 1, name, body))).clientId();
    }

    @Test
    void tellsANewerApiVersionsFromOtherUnknownVersions() {
        assertThat(decoder.decode(AllApis.frame(ApiKeys.API_VERSIONS, (short) 5, 42, "new", new byte[] {1, 2, 3})))
                .isEqualTo(new NewerApiVersions(42, "new", (short) 5));
        assertThat(decoder.decode(AllApis.frame(ApiKeys.PRODUCE, (short) 2, 1, "old", new byte[0])))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reason())
                                .contains("Produce version 2")
                                .contains("3 to 13")
                                .contains("old"));
    }

    /** What clients send of large clusters and groups, with the heap that a node has by default. */
    @Test
    void readsLargeRequestsWithoutRecords() {
        var decoder = new RequestDecoder(AllApis.table(), DEFAULT_OBJECT_BYTES);
        var topics = new MetadataRequestData();
        for (int i = 0; i < 200_000; i++) {
            topics.topics().add(new MetadataRequestTopic().setName("a-topic-of-usual-length-" + i));
        }
        assertThat(decoder.decode(frame(ApiKeys.METADATA, topics))).isInstanceOf(Request.class);

        var group = new SyncGroupRequestData()
                .setGroupId("g")
                .setMemberId("m")
                .setAssignments(List.of(
                        new SyncGroupRequestAssignment().setMemberId("m").setAssignment(new byte[12_000_000])));
        assertThat(decoder.decode(frame(ApiKeys.SYNC_GROUP, group))).isInstanceOf(Request.class);
    }

    @Test
    void refusesARequestWhoseFieldsTakeMoreOfTheHeapThanTheyMay() {
        var decoder = new RequestDecoder(AllApis.table(), DEFAULT_OBJECT_BYTES);
        var many = new FetchRequestData();
        for (int i = 0; i < 2_000_000; i++) {
            many.forgottenTopicsData().add(EMPTY);
        }
        ByteBuffer frame = frame(ApiKeys.FETCH, many);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Decoded decoded = decoder.decode(frame);
        long taken = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(decoded)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).contains("Fetch", "fields", "heap"));
        assertThat(taken).isLessThan(2L * DEFAULT_OBJECT_BYTES);
    }

    private static ByteBuffer frame(ApiKeys key, ApiMessage message) {
        short version = key.latestVersion(false);
        ByteBuffer body = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return AllApis.frame(key, version, 1, "c", bytes);
    }

    @Test
    void refusesApisThatAreUnknownOrNotThere() {
        ByteBuffer unknown = ByteBuffer.allocate(20).putShort((short) 9999).rewind();
        assertThat(decoder.decode(unknown))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).contains("9999"));

        var onlyListGroups = new RequestDecoder(ApiTable.builder().build(), OBJECT_BYTES);
        assertThat(onlyListGroups.decode(AllApis.frame(ApiKeys.LIST_GROUPS, (short) 0, 1, "c", new byte[0])))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).contains("ListGroups"));
    }

    @Test
    void refusesAnArrayThatWouldBecomeMoreObjectsThanAllowedEvenIfItsBytesAreThere() {
        // Version 0 of DeleteGroups: an array of strings, here 4 million empty ones in 8 MB.
        int strings = 4_000_000;
        ByteBuffer body =
                ByteBuffer.allocate(Integer.BYTES + strings * Short.BYTES).putInt(strings);

        assertThat(decoder.decode(AllApis.frame(ApiKeys.DELETE_GROUPS, (short) 0, 1, "c", body.array())))
                .isInstanceOf(Refused.class);
    }

    @Test
    void recordsAreNotCopiedAndNotCountedAsObjects() {
        // Produce version 3: no transactional id, acks, time-out, one topic, one partition, 2 MB of records.
        byte[] records = new byte[2 << 20];
        ByteBuffer body = ByteBuffer.allocate(64 + records.length)
                .putShort((short) -1)
                .putShort((short) 1)
                .putInt(1000)
                .putInt(1)
                .putShort((short) 1)
                .put((byte) 't')
                .putInt(1)
                .putInt(0)
                .putInt(records.length)
                .put(records)
                .flip();
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);

        assertThat(decoder.decode(AllApis.frame(ApiKeys.PRODUCE, (short) 3, 1, "c", bytes)))
                .isInstanceOfSatisfying(
                        Request.class,
                        request -> assertThat(request.pointsIntoFrame()).isTrue());
    }
}
