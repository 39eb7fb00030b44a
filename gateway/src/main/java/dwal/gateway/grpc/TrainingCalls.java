package dwal.gateway.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.Record;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.NewRecord;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;

/** Each call that clients make, once. Not part of a node. */
public final class TrainingCalls {
    private TrainingCalls() {}

    /** Makes them at {@code node}, HOST:PORT. */
    public static void make(String node) {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(node).usePlaintext().build();
        try {
            withoutName(channel);
            toTopic(channel);
            var unused = call(channel, HealthGrpc.getCheckMethod(), HealthCheckRequest.getDefaultInstance());
        } finally {
            channel.shutdownNow();
        }
    }

    private static void withoutName(Channel channel) {
        var produced = call(
                channel,
                LogService.PRODUCE,
                ProduceRequest.newBuilder()
                        .setRecord(Record.newBuilder().setValue(ByteString.copyFromUtf8("training")))
                        .build());
        ConsumeRequest there =
                ConsumeRequest.newBuilder().setOffset(produced.getOffset()).build();
        var unused = call(channel, LogService.CONSUME, there);
        ClientCalls.blockingServerStreamingCall(channel, LogService.CONSUME_STREAM, CallOptions.DEFAULT, there)
                .next();
        fail(
                channel,
                LogService.CONSUME,
                ConsumeRequest.newBuilder().setOffset(-1).build());
    }

    private static void toTopic(Channel channel) {
        var produced = call(
                channel,
                TopicLogService.PRODUCE,
                dwal.gateway.grpc.v1.ProduceRequest.newBuilder()
                        .setTopic("training")
                        .addRecords(NewRecord.newBuilder().setValue(ByteString.copyFromUtf8("training")))
                        .build());
        int partition = produced.getRecords(0).getPartition();
        var from = dwal.gateway.grpc.v1.ConsumeRequest.newBuilder()
                .setTopic("training")
                .setPartition(partition);
        var unused = call(channel, TopicLogService.CONSUME, from.build());
        ClientCalls.blockingServerStreamingCall(
                        channel,
                        TopicLogService.CONSUME_STREAM,
                        CallOptions.DEFAULT,
                        ConsumeStreamRequest.newBuilder()
                                .setTopic("training")
                                .setPartition(partition)
                                .build())
                .forEachRemaining(page -> {});
        fail(channel, TopicLogService.CONSUME, from.setOffset(1_000_000).build());
    }

    private static <Q extends Message, A extends Message> A call(
            Channel channel, MethodDescriptor<Q, A> method, Q request) {
        return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
    }

    private static <Q extends Message, A extends Message> void fail(
            Channel channel, MethodDescriptor<Q, A> method, Q request) {
        try {
            var unused = call(channel, method, request);
        } catch (StatusRuntimeException e) {
            // As it should be.
        }
    }
}
