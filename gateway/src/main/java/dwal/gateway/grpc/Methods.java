package dwal.gateway.grpc;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.InputStream;

/** What services are made of that are written by hand. No state. */
final class Methods {
    private Methods() {}

    static <Q extends Message, A extends Message> MethodDescriptor<Q, A> of(
            String service, String name, MethodType type, Q request, A answer) {
        return MethodDescriptor.<Q, A>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
                .setRequestMarshaller(new Requests<>(ProtoUtils.marshaller(request), request))
                .setResponseMarshaller(ProtoUtils.marshaller(answer))
                .build();
    }

    /** What cannot be read ends its call, and with a status that says why: the library would log it, and say nothing. */
    private record Requests<Q>(MethodDescriptor.Marshaller<Q> messages, Q nothing)
            implements MethodDescriptor.Marshaller<Q> {
        @Override
        public InputStream stream(Q request) {
            return messages.stream(request);
        }

        @Override
        public Q parse(InputStream bytes) {
            try {
                return messages.parse(bytes);
            } catch (StatusRuntimeException e) {
                boolean tooLarge = e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED;
                CallMemory.end(
                        tooLarge
                                ? Status.RESOURCE_EXHAUSTED.withDescription(
                                        "The message inflates to more than dwal.gateway.max.request.bytes allows")
                                : Status.INVALID_ARGUMENT.withDescription("This is no message of this method"));
                return nothing;
            }
        }
    }

    /** @param file the one that defines the service: loaded when somebody asks for it by reflection, and not before */
    static ServiceDescriptor service(String name, ProtoFileDescriptorSupplier file, MethodDescriptor<?, ?>... methods) {
        var service = ServiceDescriptor.newBuilder(name).setSchemaDescriptor(file);
        for (var method : methods) {
            service.addMethod(method);
        }
        return service.build();
    }

    /** A client that has gone is no failure of ours: what comes too late for him is dropped. */
    static void letCancel(StreamObserver<?> out) {
        ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> {});
    }
}
