package dwal.gateway.grpc;

import com.google.protobuf.ByteString;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.Record;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
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
            var produced = ClientCalls.blockingUnaryCall(
                    channel,
                    LogService.PRODUCE,
                    CallOptions.DEFAULT,
                    ProduceRequest.newBuilder()
                            .setRecord(Record.newBuilder().setValue(ByteString.copyFromUtf8("training")))
                            .build());
            ConsumeRequest there =
                    ConsumeRequest.newBuilder().setOffset(produced.getOffset()).build();
            var unused = ClientCalls.blockingUnaryCall(channel, LogService.CONSUME, CallOptions.DEFAULT, there);
            ClientCalls.blockingServerStreamingCall(channel, LogService.CONSUME_STREAM, CallOptions.DEFAULT, there)
                    .next();
            consumeNothing(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    private static void consumeNothing(ManagedChannel channel) {
        ConsumeRequest nowhere = ConsumeRequest.newBuilder().setOffset(-1).build();
        try {
            var unused = ClientCalls.blockingUnaryCall(channel, LogService.CONSUME, CallOptions.DEFAULT, nowhere);
        } catch (StatusRuntimeException e) {
            // As it should be.
        }
    }
}
