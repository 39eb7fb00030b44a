package dwal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.ImplicitLinkedHashCollection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The refused ones would take from minutes to weeks: the time limit is what fails without the look at them. */
@Timeout(60)
class KeySpreadTest {
    private static final int OBJECT_BYTES = 64 << 20;
    private static final int MANY = 20_000;
    /** They answer with tables of nodes, versions and the like, whatever is asked. */
    private static final Set<ApiKeys> OF_NODES = EnumSet.of(
            ApiKeys.API_VERSIONS,
            ApiKeys.DESCRIBE_CLUSTER,
            ApiKeys.DESCRIBE_QUORUM,
            ApiKeys.FETCH,
            ApiKeys.FETCH_SNAPSHOT,
            ApiKeys.VOTE);

    private final RequestDecoder decoder = new RequestDecoder(AllApis.table(), OBJECT_BYTES);

    static Stream<ApiKeys> keys() {
        return Stream.concat(AllApis.KEYS.stream(), AllApis.CONTROLLER_KEYS.stream());
    }

    @Test
    void equalNamesAreRefused() {
        assertRefused(ApiKeys.PRODUCE, (short) 3, produce(MANY, i -> "a"));
        assertRefused(ApiKeys.JOIN_GROUP, (short) 5, join(i -> "a"));
        assertRefused(ApiKeys.METADATA, (short) 13, metadata(5 * MANY, i -> "a"));
        assertRefused(ApiKeys.DELETE_GROUPS, (short) 2, deleteGroups(i -> "a"));
    }

    /** "Aa" and "BB" have the same hash code, and so have all texts that are made of them, if they are of one length. */
    @Test
    void differentNamesOfOneHashCodeAreRefused() {
        assertRefused(ApiKeys.PRODUCE, (short) 3, produce(MANY, KeySpreadTest::sameHash));
        assertRefused(ApiKeys.METADATA, (short) 5, metadata(5 * MANY, KeySpreadTest::sameHash));
        assertRefused(ApiKeys.DELETE_GROUPS, (short) 0, deleteGroups(KeySpreadTest::sameHash));
    }

    private static String sameHash(int number) {
        StringBuilder name = new StringBuilder(40);
        for (int bit = 0; bit < 20; bit++) {
            name.append(((number >> bit) & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }

    /** Who knows how long the table is chooses keys that meet there only: as long as there are elements, and when it has grown. */
    @Test
    void idsThatMeetInATableOfTheirNumberAreRefused() {
        assertRefused(ApiKeys.PRODUCE, (short) 13, produceIds(i -> new Uuid(0, (2L * MANY + 1) * (i + 1))));
        assertRefused(ApiKeys.PRODUCE, (short) 13, produceIds(i -> new Uuid(0, (4L * MANY + 3) * (i + 1))));
    }

    @Test
    void partitionsThatMeetAreRefusedToo() {
        assertRefused(ApiKeys.CREATE_TOPICS, (short) 4, create(MANY, i -> i % 50));
    }

    @Test
    void whatClientsSendIsNot() {
        List<IntFunction<String>> usual = List.of(
                i -> "t" + i,
                i -> "a-topic-of-usual-length-" + i,
                i -> String.format(Locale.ROOT, "topic-%05d", i),
                i -> "tenant-" + i % 100 + ".events-" + i / 100);
        for (IntFunction<String> names : usual) {
            assertTaken(ApiKeys.PRODUCE, (short) 3, produce(MANY, names));
            assertTaken(ApiKeys.METADATA, (short) 13, metadata(10 * MANY, names));
            assertTaken(ApiKeys.DELETE_GROUPS, (short) 2, deleteGroups(names));
        }
    }

    @Test
    void asManyPartitionsAsATopicMayBeMadeWithAreNot() {
        assertTaken(ApiKeys.CREATE_TOPICS, (short) 4, create(10_000, i -> i));
    }

    @Test
    void aFewEqualOnesAreNot() {
        assertTaken(ApiKeys.PRODUCE, (short) 3, produce(KeySpread.FEW, i -> "a"));
    }

    @Test
    void topicIdsAreNotSeed1() {
        Random random = new Random(1);
        assertTaken(ApiKeys.PRODUCE, (short) 13, produceIds(i -> new Uuid(random.nextLong(), random.nextLong())));
    }

    @ParameterizedTest(name = "{0}, seeds 0 to 19")
    @MethodSource("keys")
    void comesToTheEndOfAnyRequest(ApiKeys key) {
        for (short version = key.oldestVersion(); version <= key.latestVersion(false); version++) {
            for (int seed = 0; seed < 20; seed++) {
                ByteBuffer body = ByteBuffer.wrap(new RandomMessages(seed).requestBody(key, version));

                assertThat(new KeySpread(key, version, body, Integer.MAX_VALUE).isBad())
                        .isFalse();
                assertThat(body.remaining()).as("%s version %d", key, version).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("keys")
    void looksAtEachRequestWithATable(ApiKeys key) {
        boolean hasTable = hasTable(key.messageType.newRequest());
        boolean answersWithOne = hasTable(key.messageType.newResponse()) && !OF_NODES.contains(key);

        assertThat(KeySpread.matters(key)).as("%s", key).isEqualTo(hasTable || answersWithOne);
        assertThat(hasTable && KeySpread.WITH_TABLE_IN_ANSWER.contains(key)).isFalse();
    }

    private static boolean hasTable(ApiMessage message) {
        return Arrays.stream(message.getClass().getDeclaredClasses())
                .anyMatch(ImplicitLinkedHashCollection.class::isAssignableFrom);
    }

    // ---- requests; by hand where Kafka's classes would take as long to make them as to read them

    private static byte[] produce(int topics, IntFunction<String> names) {
        ByteBuffer body = ByteBuffer.allocate(4 << 20)
                .putShort((short) -1) // no transactional id
                .putShort((short) 1)
                .putInt(1000)
                .putInt(topics);
        for (int i = 0; i < topics; i++) {
            putText(body, names.apply(i)).putInt(0);
        }
        return written(body);
    }

    private static byte[] produceIds(IntFunction<Uuid> ids) {
        ByteBuffer body = ByteBuffer.allocate(4 << 20)
                .put((byte) 0) // no transactional id
                .putShort((short) 1)
                .putInt(1000);
        ByteUtils.writeUnsignedVarint(MANY + 1, body);
        for (int i = 0; i < MANY; i++) {
            Uuid id = ids.apply(i);
            body.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
            body.put((byte) 1).put((byte) 0); // no partitions, no tags
        }
        return written(body.put((byte) 0));
    }

    private static byte[] join(IntFunction<String> protocols) {
        ByteBuffer body =
                putText(ByteBuffer.allocate(4 << 20), "group").putInt(1000).putInt(1000);
        putText(body, "member").putShort((short) -1);
        putText(body, "consumer").putInt(MANY);
        for (int i = 0; i < MANY; i++) {
            putText(body, protocols.apply(i)).putInt(0);
        }
        return written(body);
    }

    private static byte[] create(int partitions, IntUnaryOperator index) {
        ByteBuffer body = putText(ByteBuffer.allocate(4 << 20).putInt(1), "topic")
                .putInt(-1)
                .putShort((short) -1)
                .putInt(partitions);
        for (int i = 0; i < partitions; i++) {
            body.putInt(index.applyAsInt(i)).putInt(0);
        }
        return written(body.putInt(0).putInt(1000).put((byte) 0));
    }

    private static ByteBuffer putText(ByteBuffer body, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return body.putShort((short) bytes.length).put(bytes);
    }

    private static byte[] written(ByteBuffer body) {
        byte[] bytes = new byte[body.position()];
        body.get(0, bytes);
        return bytes;
    }

    private static MetadataRequestData metadata(int topics, IntFunction<String> names) {
        var request = new MetadataRequestData();
        for (int i = 0; i < topics; i++) {
            request.topics().add(new MetadataRequestTopic().setName(names.apply(i)));
        }
        return request;
    }

    private static DeleteGroupsRequestData deleteGroups(IntFunction<String> names) {
        return new DeleteGroupsRequestData()
                .setGroupsNames(IntStream.range(0, MANY).mapToObj(names).toList());
    }

    private void assertRefused(ApiKeys key, short version, ApiMessage request) {
        assertRefused(key, version, bytes(request, version));
    }

    private void assertRefused(ApiKeys key, short version, byte[] body) {
        assertThat(decoder.decode(AllApis.frame(key, version, 1, "c", body)))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused ->
                                assertThat(refused.reason()).contains(key.name).contains("the same hash code"));
    }

    private void assertTaken(ApiKeys key, short version, ApiMessage request) {
        assertTaken(key, version, bytes(request, version));
    }

    private void assertTaken(ApiKeys key, short version, byte[] body) {
        assertThat(decoder.decode(AllApis.frame(key, version, 1, "c", body))).isInstanceOf(Request.class);
    }

    private static byte[] bytes(ApiMessage request, short version) {
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }
}
