package dwal.gateway.grpc;

import com.google.protobuf.ByteString;
import dwal.gateway.OpenNode;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.ProduceResponse;
import dwal.gateway.grpc.log.Record;
import dwal.gateway.grpc.v1.NewRecord;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client of {@code log.Log}, by gRPC's own library. Used by one test thread. */
public final class GrpcClient implements AutoCloseable {
    private final ManagedChannel channel;

    public GrpcClient(OpenNode node) {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", node.grpcPort())
                .usePlaintext()
                .flowControlWindow(64 * 1024)
                .maxInboundMessageSize(8 << 20)
                .build();
    }

    static ProduceRequest request(byte[] value) {
        return ProduceRequest.newBuilder()
                .setRecord(Record.newBuilder().setValue(ByteString.copyFrom(value)))
                .build();
    }

    private static CallOptions patient() {
        return CallOptions.DEFAULT.withDeadlineAfter(40, TimeUnit.SECONDS);
    }

    public long produce(byte[] value) {
        return ClientCalls.blockingUnaryCall(channel, LogService.PRODUCE, patient(), request(value))
                .getOffset();
    }

    public long produce(String value) {
        return produce(value.getBytes(StandardCharsets.UTF_8));
    }

    public Record consume(long offset) {
        return ClientCalls.blockingUnaryCall(channel, LogService.CONSUME, patient(), from(offset))
                .getRecord();
    }

    static ConsumeRequest from(long offset) {
        return ConsumeRequest.newBuilder().setOffset(offset).build();
    }

    /** The first {@code count} records of a stream. */
    public List<Record> streamed(long offset, int count) {
        Iterator<ConsumeResponse> stream = streamed(offset);
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(stream.next().getRecord());
        }
        return records;
    }

    /** All records from {@code offset} on; waits for what comes. */
    public Iterator<ConsumeResponse> streamed(long offset) {
        return ClientCalls.blockingServerStreamingCall(channel, LogService.CONSUME_STREAM, patient(), from(offset));
    }

    /** A stream of which all is read. */
    public Watched streamToTheEnd(long offset) {
        var watched = new Watched();
        ClientCalls.asyncServerStreamingCall(
                channel.newCall(LogService.CONSUME_STREAM, patient()),
                from(offset),
                watched.observer(response -> response.getRecord().getOffset()));
        return watched;
    }

    /** A stream that sends the next record when one was answered, for ever. */
    public Watched writeOnAndOn() {
        var watched = new Watched();
        var requests = new java.util.concurrent.atomic.AtomicReference<StreamObserver<ProduceRequest>>();
        var begun = new java.util.concurrent.CountDownLatch(1);
        requests.set(produceStream(watched.observer(response -> {
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            requests.get().onNext(request(new byte[10]));
            return response.getOffset();
        })));
        requests.get().onNext(request(new byte[10]));
        begun.countDown();
        return watched;
    }

    /** Appends one record by dwal.v1.Log; gives its offset. */
    public long produce(String topic, NewRecord record) {
        var request = dwal.gateway.grpc.v1.ProduceRequest.newBuilder()
                .setTopic(topic)
                .addRecords(record)
                .build();
        return call(TopicLogService.PRODUCE, request).getRecords(0).getOffset();
    }

    /** The first records of a partition, by dwal.v1.Log. */
    public List<dwal.gateway.grpc.v1.Record> consume(String topic, int partition) {
        var request = dwal.gateway.grpc.v1.ConsumeRequest.newBuilder()
                .setTopic(topic)
                .setPartition(partition)
                .setLimit(1_000)
                .build();
        return call(TopicLogService.CONSUME, request).getRecordsList();
    }

    ManagedChannel channel() {
        return channel;
    }

    /** Whether it has no connection now. */
    public boolean isDisconnected() {
        return channel.getState(false) == ConnectivityState.IDLE;
    }

    /** A call whose messages are taken when {@code request} is called, and not before. */
    ClientCall<ConsumeRequest, ConsumeResponse> consumeSlowly(long offset, ClientCall.Listener<ConsumeResponse> out) {
        ClientCall<ConsumeRequest, ConsumeResponse> call = channel.newCall(LogService.CONSUME_STREAM, patient());
        call.start(out, new io.grpc.Metadata());
        call.sendMessage(from(offset));
        call.halfClose();
        return call;
    }

    /** Appends whose answers are taken when {@code request} is called, and not before. */
    ClientCall<ProduceRequest, ProduceResponse> produceSlowly(ClientCall.Listener<ProduceResponse> out) {
        ClientCall<ProduceRequest, ProduceResponse> call = channel.newCall(LogService.PRODUCE_STREAM, patient());
        call.start(out, new io.grpc.Metadata());
        return call;
    }

    StreamObserver<ProduceRequest> produceStream(StreamObserver<ProduceResponse> answers) {
        return ClientCalls.asyncBidiStreamingCall(channel.newCall(LogService.PRODUCE_STREAM, patient()), answers);
    }

    <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
        return ClientCalls.blockingUnaryCall(channel, method, patient(), request);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
