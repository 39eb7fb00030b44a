package dwal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.RequestDecoder.Decoded;
import dwal.protocol.RequestDecoder.NoRoom;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestObjectsTest {
    private static final int MB = 1 << 20;
    private static final int LIMIT = 8 * MB;
    /** About 4 MB each, by estimation: two have room, three have not. */
    private static final ByteBuffer LARGE = metadata(7_500);

    private static final ByteBuffer HALF_AS_LARGE = metadata(3_750);
    private static final ByteBuffer LARGEST = metadata(25_000);
    private static final ByteBuffer SMALL = metadata(2_000);

    private final RequestObjects objects = new RequestObjects(LIMIT);
    private final RequestDecoder decoder = new RequestDecoder(AllApis.table(), LIMIT);

    private static ByteBuffer metadata(int topics) {
        var request = new MetadataRequestData();
        for (int i = 0; i < topics; i++) {
            request.topics().add(new MetadataRequestTopic().setName("topic-" + i));
        }
        return frame(ApiKeys.METADATA, request);
    }

    private static ByteBuffer frame(ApiKeys key, ApiMessage message) {
        short version = key.latestVersion(false);
        ByteBuffer body = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return AllApis.frame(key, version, 1, "c", bytes);
    }

    /** A request, and how its connection treats it. */
    private final class Asking {
        final ByteBuffer frame;
        final RequestObjects.Share share;
        Decoded decoded;
        int wakes;

        Asking(ByteBuffer frame) {
            this.frame = frame;
            this.share = objects.share(frame.remaining());
            decode();
        }

        void decode() {
            decoded = decoder.decode(frame.duplicate(), share);
        }

        Asking await() {
            assertThat(decoded).isInstanceOf(NoRoom.class);
            share.await(() -> wakes++);
            return this;
        }

        Asking got() {
            assertThat(decoded).isInstanceOf(Request.class);
            return this;
        }
    }

    private Asking ask(ByteBuffer frame) {
        return new Asking(frame);
    }

    @Test
    void holdsWhatALargeRequestTakesUntilItIsReleased() {
        Asking asking = ask(LARGE).got();

        assertThat(objects.heldBytes()).isBetween(3L * MB, 5L * MB);
        asking.share.release();
        asking.share.release();
        assertThat(objects.heldBytes()).as("exactly once").isZero();
    }

    @Test
    void oneThatFindsNoRoomHoldsNothingAndComesThroughWhenThereIs() {
        Asking first = ask(LARGE).got();
        Asking second = ask(LARGE).got();
        long held = objects.heldBytes();
        Asking third = ask(LARGE).await();

        assertThat(objects.heldBytes()).isEqualTo(held);
        assertThat(third.wakes).isZero();
        first.share.release();
        assertThat(third.wakes).isEqualTo(1);
        third.decode();
        third.got().share.release();
        second.share.release();
        assertThat(objects.heldBytes()).isZero();
    }

    @Test
    void oneThatNeedsAllThereIsGetsItWhenNobodyElseHasAnything() {
        Asking alone = ask(LARGEST).got();
        assertThat(objects.heldBytes()).isEqualTo(LIMIT);
        alone.share.release();

        Asking first = ask(LARGE).got();
        Asking largest = ask(LARGEST).await();
        Asking later = ask(HALF_AS_LARGE).await();
        assertThat(later.wakes).as("it would have had room, but others wait").isZero();
        first.share.release();
        assertThat(largest.wakes).isEqualTo(1);
        assertThat(later.wakes).isZero();
        largest.decode();
        largest.got().share.release();
        assertThat(later.wakes).isEqualTo(1);
    }

    @Test
    void smallRequestsAndThoseThatAreLargeForTheirRecordsNeverWait() {
        ask(LARGEST).got();
        ask(LARGE).await();
        var partition =
                new PartitionProduceData().setRecords(MemoryRecords.readableRecords(ByteBuffer.allocate(4 * MB)));
        var produce = new ProduceRequestData();
        produce.topicData().add(new TopicProduceData().setName("t").setPartitionData(List.of(partition)));
        assertThat(SMALL.remaining()).isLessThan(RequestMemory.SMALL_BYTES);

        for (int i = 0; i < 1000; i++) {
            ask(SMALL).got();
        }
        ask(frame(ApiKeys.PRODUCE, produce)).got();
        assertThat(objects.heldBytes()).isEqualTo(LIMIT);
    }

    @Test
    void whatDoesNotParseHoldsNothing() {
        assertThat(ask(LARGE.slice(0, LARGE.remaining() - 1)).decoded).isInstanceOf(Refused.class);
        ByteBuffer longer = ByteBuffer.allocate(LARGE.remaining() + 1)
                .put(LARGE.duplicate())
                .rewind();
        assertThat(ask(longer).decoded).isInstanceOf(Refused.class);
        assertThat(objects.heldBytes()).isZero();
    }

    @Test
    void whatIsTooLargeAloneIsRefusedWhenItsTurnComesAtTheLatest() {
        ByteBuffer tooLarge = metadata(80_000);
        assertThat(ask(tooLarge).decoded).isInstanceOf(Refused.class);

        Asking first = ask(LARGE).got();
        Asking waits = ask(tooLarge).await();
        first.share.release();
        waits.decode();
        assertThat(waits.decoded).isInstanceOf(Refused.class);
        assertThat(objects.heldBytes()).isZero();
        ask(LARGE).got();
    }

    @Test
    void whoIsGoneGivesUpHisPlaceAndHisTurn() {
        Asking first = ask(LARGEST).got();
        Asking gone = ask(LARGE).await();
        Asking goneInItsTurn = ask(LARGE).await();
        Asking next = ask(LARGE).await();

        gone.share.release();
        first.share.release();
        assertThat(gone.wakes).isZero();
        assertThat(goneInItsTurn.wakes).isEqualTo(1);
        assertThat(next.wakes).isZero();
        goneInItsTurn.share.release();
        assertThat(next.wakes).isEqualTo(1);
        next.decode();
        next.got();
    }

    @Test
    void whoIsRefusedInItsTurnGivesItUp() {
        Asking first = ask(LARGEST).got();
        Asking cut = ask(LARGE.slice(0, LARGE.remaining() - 1)).await();
        Asking next = ask(LARGE).await();
        first.share.release();
        cut.decode();
        assertThat(cut.decoded).isInstanceOf(Refused.class);
        assertThat(next.wakes).isEqualTo(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void allComeThroughWhateverTheirOrder(long seed) {
        var random = new Random(seed);
        List<ByteBuffer> frames = Arrays.asList(LARGE, HALF_AS_LARGE, LARGEST, SMALL);
        List<Asking> waiting = new ArrayList<>();
        List<Asking> working = new ArrayList<>();
        for (int i = 0; i < 400 || !waiting.isEmpty() || !working.isEmpty(); i++) {
            assertThat(i).as("it goes on").isLessThan(5_000);
            if (i < 400 && random.nextBoolean()) {
                sort(ask(frames.get(random.nextInt(frames.size()))), waiting, working);
            } else if (!working.isEmpty() && random.nextBoolean()) {
                working.remove(random.nextInt(working.size())).share.release();
            }
            List<Asking> woken = waiting.stream().filter(each -> each.wakes > 0).toList();
            waiting.removeAll(woken);
            for (Asking each : woken) {
                each.wakes = 0;
                each.decode();
                sort(each, waiting, working);
            }
            assertThat(objects.heldBytes()).isLessThanOrEqualTo(LIMIT);
        }
        assertThat(objects.heldBytes()).isZero();
    }

    private static void sort(Asking asking, List<Asking> waiting, List<Asking> working) {
        if (asking.decoded instanceof NoRoom) {
            waiting.add(asking.await());
        } else {
            working.add(asking.got());
        }
    }
}
