package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dwal.gateway.grpc.v1.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.Header;
import dwal.gateway.grpc.v1.IsolationLevel;
import dwal.gateway.grpc.v1.NewRecord;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.ProduceResponse;
import dwal.gateway.grpc.v1.Produced;
import dwal.gateway.grpc.v1.Record;
import dwal.gateway.grpc.v1.TimestampType;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class TopicLogTest extends TopicLogTestCase {
    @Test
    void aRecordIsReadAsItWasWritten() throws Exception {
        String topic = topic(3, Map.of());
        var sent = NewRecord.newBuilder()
                .setPartition(2)
                .setKey(bytes("key"))
                .setValue(bytes("value"))
                .addHeaders(Header.newBuilder().setName("h").setValue(bytes("1")))
                .addHeaders(Header.newBuilder().setName("h").setValue(ByteString.EMPTY))
                .addHeaders(Header.newBuilder().setName("null"))
                .setTimestampMs(1_700_000_000_000L)
                .build();

        Produced produced = produce(topic, sent).get(0);

        assertThat(produced.getPartition()).isEqualTo(2);
        assertThat(produced.getOffset()).isZero();
        assertThat(produced.getTimestampMs()).isEqualTo(1_700_000_000_000L);
        ConsumeResponse read = consume(from(topic).setPartition(2));
        assertThat(read.getNextOffset()).isEqualTo(1);
        assertThat(read.getHighWatermark()).isEqualTo(1);
        assertThat(read.getLastStableOffset()).isEqualTo(1);
        Record record = read.getRecords(0);
        assertThat(record.getOffset()).isZero();
        assertThat(record.getTimestampMs()).isEqualTo(1_700_000_000_000L);
        assertThat(record.getTimestampType()).isEqualTo(TimestampType.CREATE_TIME);
        assertThat(record.getKey()).isEqualTo(bytes("key"));
        assertThat(record.getValue()).isEqualTo(bytes("value"));
        assertThat(record.getHeadersList()).isEqualTo(sent.getHeadersList());
    }

    @Test
    void nullAndEmptyAreNotTheSame() throws Exception {
        String topic = topic(1, Map.of());
        produce(
                topic,
                NewRecord.newBuilder().build(),
                NewRecord.newBuilder()
                        .setKey(ByteString.EMPTY)
                        .setValue(ByteString.EMPTY)
                        .build());

        List<Record> read = consume(from(topic)).getRecordsList();

        assertThat(read).extracting(Record::hasKey).containsExactly(false, true);
        assertThat(read).extracting(Record::hasValue).containsExactly(false, true);
    }

    @Test
    void theBrokersTimestampIsToldWhereTheTopicWantsIt() throws Exception {
        String topic = topic(1, Map.of("message.timestamp.type", "LogAppendTime"));

        Produced produced = produce(
                        topic, record("x").toBuilder().setTimestampMs(1_000).build())
                .get(0);

        Record record = consume(from(topic)).getRecords(0);
        assertThat(produced.getTimestampMs()).isGreaterThan(1_700_000_000_000L);
        assertThat(record.getTimestampMs()).isEqualTo(produced.getTimestampMs());
        assertThat(record.getTimestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
    }

    @Test
    void keysLeadWhereKafkasProducerTakesThem() throws Exception {
        String topic = topic(5, Map.of());
        NewRecord[] records = new NewRecord[20];
        for (int i = 0; i < records.length; i++) {
            records[i] = NewRecord.newBuilder().setKey(bytes("key " + i)).build();
        }
        List<Produced> produced = produce(topic, records);

        Map<String, Object> settings = Map.of("bootstrap.servers", node.kafka());
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < records.length; i++) {
                RecordMetadata by = producer.send(new ProducerRecord<>(topic, "key " + i, ""))
                        .get();
                assertThat(produced.get(i).getPartition()).isEqualTo(by.partition());
            }
        }
    }

    @Test
    void aReaderBeginsWhereItSays() throws Exception {
        String topic = topic(1, Map.of());
        for (int i = 0; i < 5; i++) {
            produce(topic, record("v" + i).toBuilder().setTimestampMs(1_000 + i).build());
        }

        assertThat(values(consume(from(topic)))).containsExactly("v0", "v1", "v2", "v3", "v4");
        assertThat(values(consume(from(topic).setOffset(3)))).containsExactly("v3", "v4");
        assertThat(values(consume(from(topic).setTimestampMs(1_002)))).containsExactly("v2", "v3", "v4");
        assertThat(values(consume(from(topic).setLast(1)))).containsExactly("v4");
        assertThat(values(consume(from(topic).setLast(9)))).hasSize(5);
        assertThat(values(consume(from(topic).setOffset(5)))).isEmpty();
        ConsumeResponse page = consume(from(topic).setOffset(1).setLimit(2));
        assertThat(values(page)).containsExactly("v1", "v2");
        assertThat(page.getNextOffset()).isEqualTo(3);
    }

    @Test
    void whoWaitsAtTheEndGetsWhatComes() throws Exception {
        String topic = topic(1, Map.of());
        produce(topic, record("before"));
        var waiting = CompletableFuture.supplyAsync(
                () -> consume(from(topic).setOffset(1).setWaitMs(30_000)));

        produce(topic, record("later"));

        assertThat(values(waiting.get(20, TimeUnit.SECONDS))).containsExactly("later");
        assertThat(values(consume(from(topic).setOffset(2).setWaitMs(10)))).isEmpty();
    }

    @Test
    void aDeadlineEndsTheWait() throws Exception {
        String topic = topic(1, Map.of());
        var options = CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS);

        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                                client.channel(),
                                TopicLogService.CONSUME,
                                options,
                                from(topic).setWaitMs(30_000).build())
                        .getRecordsCount())
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }

    @Test
    void whatIsNotInATransactionIsCommitted() throws Exception {
        String topic = topic(1, Map.of());
        produce(topic, record("committed"));

        ConsumeResponse read = consume(from(topic).setIsolation(IsolationLevel.READ_COMMITTED));

        assertThat(values(read)).containsExactly("committed");
        assertThat(read.getLastStableOffset()).isEqualTo(1);
        var stream =
                stream(ConsumeStreamRequest.newBuilder().setTopic(topic).setIsolation(IsolationLevel.READ_COMMITTED));
        assertThat(values(stream.next())).containsExactly("committed");
        assertThat(stream.hasNext()).isFalse();
    }

    @Test
    void theSameKeyAppendsOnce() throws Exception {
        String topic = topic(3, Map.of());
        ProduceRequest request = request(
                        topic, NewRecord.newBuilder().setValue(bytes("once")).build())
                .toBuilder()
                .setIdempotencyKey("order 7")
                .build();

        ProduceResponse first = client.call(TopicLogService.PRODUCE, request);
        ProduceResponse second = client.call(TopicLogService.PRODUCE, request);

        Produced there = first.getRecords(0);
        assertThat(second.getRecords(0).getOffset()).isEqualTo(there.getOffset());
        assertThat(second.getRecords(0).getPartition()).isEqualTo(there.getPartition());
        assertThat(consume(from(topic).setPartition(there.getPartition())).getHighWatermark())
                .isEqualTo(1);
    }

    @Test
    void aTopicIsCreatedByAnAppendAndNotByARead() {
        isRefused(() -> consume(from("nowhere")), Status.Code.NOT_FOUND, "UNKNOWN_TOPIC_OR_PARTITION");
        isRefused(() -> consume(from("nowhere")), Status.Code.NOT_FOUND, "UNKNOWN_TOPIC_OR_PARTITION");
        assertThat(produce("created", record("first")).get(0).getOffset()).isZero();
    }
}
